/** The far side of the contender "comlink". */
import { parentPort } from "node:worker_threads";
import { expose } from "comlink";
import { nodeEndpoint } from "./comlink-endpoint.ts";
import { echo } from "./plain-echo.ts";

const api = { echo };
export type EchoApi = typeof api;

if (parentPort === null) throw new TypeError("Cannot serve: this is not a worker thread");
expose(api, nodeEndpoint(parentPort));
