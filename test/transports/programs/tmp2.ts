import * as http2 from "node:http2";
const origCreate = http2.default.createServer;
let last: any; let streams = 0, closed = 0;
import { serveGrpc } from "../../../transports/grpc/server.ts";
import { connectGrpc } from "../../../transports/grpc/client.ts";
import { createByteHandler, sendBytes } from "../../../transports/calls/answer.ts";
import { createConnection } from "../../../transports/calls/life.ts";
import { conformanceRoutes } from "../plugins/conformance.plugin.ts";
import { createClient } from "../../../transports/calls/client.ts";
import { Conformance } from "../../../proto/gen/loopp/v1/conformance_pb.ts";
const orig = (http2.default as any).Http2Session;
const path = "/tmp/h/x.sock";
const { EventEmitter } = await import("node:events");
const emit = EventEmitter.prototype.emit;
const sessions = new Set<any>();
EventEmitter.prototype.emit = function (name: any, ...args: any[]) { if (name === "session") sessions.add(args[0]); if (name==="stream") {streams++; args[0].once("close",()=>closed++);} return emit.call(this, name, ...args); } as any;
const server = await serveGrpc(createByteHandler(conformanceRoutes({}), 64e6), path, 64e6);
const over = new AbortController();
const grpc = connectGrpc({ network: "unix", address: path }, { maxMessageBytes: 64e6, grace: { signal: over.signal, ms: 10 } });
const conn = createConnection({ bytes: grpc.bytes, send: sendBytes(grpc.bytes, 64e6) }, over.signal, async () => {});
const client = createClient(Conformance, conn.transport);
for (let n = 0; n < 4000; n++) {
  try { for await (const _ of client.serverStream({ count: 1000, sizeBytes: 1000 })) break; } catch (e) { console.log(n, (e as Error).message); break; }
  if (n % 500 === 0) for (const s of sessions) { const st = s.state; console.log(n, streams, closed, JSON.stringify(st), s.constructor.name); }
}
process.exit(0);
