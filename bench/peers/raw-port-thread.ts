/** The far side of the contender "raw-port". */
import { parentPort } from "node:worker_threads";

if (parentPort === null) throw new TypeError("Cannot answer: this is not a worker thread");
const port = parentPort;
port.on("message", (data) => port.postMessage(data));
