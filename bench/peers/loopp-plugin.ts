/** The far side of the contender "go-host": the echo as a program that any go-plugin host can launch. */
import { serve } from "../../src/serve.ts";
import echo from "../echo.plugin.ts";

await serve(echo);
