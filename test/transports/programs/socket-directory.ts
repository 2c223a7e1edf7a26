/**
 * Makes a socket directory, as a host does with its first plugin, and says where. With the word "stay" it then lives until it is killed,
 * and says the path of another directory for each line that it reads.
 */
import { createInterface } from "node:readline";
import { createSocketDirectory } from "../../../transports/process/socket-directory.ts";

const say = async () => console.log((await createSocketDirectory()).path);
await say();
if (process.argv[2] === "stay") for await (const _ of createInterface(process.stdin)) await say();
