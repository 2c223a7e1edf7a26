/** The far side of the contender "connect-node": `<runtime> connect-node-server.ts <socket path>`. */
import * as http2 from "node:http2";
import { connectNodeAdapter } from "@connectrpc/connect-node";
import { echoRoutes } from "../echo.ts";
import { announceReady, socketPath } from "./server.ts";

const handler = connectNodeAdapter({ routes: echoRoutes, acceptCompression: [] });
http2.createServer(handler).listen(socketPath(), () => announceReady());
