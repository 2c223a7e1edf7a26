/** Makes a socket directory, as a host does with its first plugin, and says where. */
import { createSocketDirectory } from "../../../transports/process/socket-directory.ts";

const directory = await createSocketDirectory();
console.log(directory.path);
