/** The echo as a plugin, for loopp's own transports. */
import { definePlugin } from "../transports/plugin.ts";
import { echoRoutes } from "./echo.ts";

export default definePlugin({ stateless: true, setup: () => ({ routes: echoRoutes }) });
