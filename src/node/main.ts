/** What `bun run node` runs. */
import { outliveReaders } from "../runtime/output.ts";
import { runNode } from "./run.ts";

outliveReaders();
void runNode(process.argv.slice(2)).then((code) => process.exit(code));
