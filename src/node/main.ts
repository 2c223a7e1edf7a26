/** What `bun run node` runs. */
import { runNode } from "./run.ts";

void runNode(process.argv.slice(2)).then((code) => process.exit(code));
