/** What `bun run node` runs. */
import { nodeCommand } from "./command.ts";

void nodeCommand(process.argv.slice(2)).then((code) => process.exit(code));
