/** What these tests share: peers that say what they are told to, byte for byte, and answers that a test can read. */
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { until } from "../../../src/testing/until.ts";
import { connectHttp2 } from "../../../transports/http2/client.ts";
import type {
  Fields,
  Http2Client,
  Http2Connection,
  Http2Options,
  Http2Stream,
  OnStream,
  StreamHandler,
} from "../../../transports/http2/connection.ts";
import { flag, frameHeadBytes, frameType, preface, readUint31, writeHead } from "../../../transports/http2/frames.ts";
import { createDecoder } from "../../../transports/http2/hpack/decoder.ts";
import { acceptHttp2 } from "../../../transports/http2/server.ts";

export const requestFields: Fields = [":method", "POST", ":scheme", "http", ":path", "/", ":authority", "localhost"];
export const responseFields: Fields = [":status", "200", "content-type", "text/plain"];
const nothing = new Uint8Array(0);

/** Answers "hello" when the request has ended. */
export const hello: OnStream = (stream, _fields, ended) => {
  const answer = () => {
    stream.respond(responseFields, false);
    stream.write(Buffer.from("hello"), true);
  };
  if (ended) answer();
  return {
    onFields: answer,
    onData(_buffer, start, end, isEnd) {
      stream.taken(end - start);
      if (isEnd) answer();
    },
    onReset() {},
  };
};

/** Sends back what comes as it comes, then the request's fields as trailers (those that are no pseudo fields). */
export const echo: OnStream = (stream, fields, ended) => {
  const trailers = fields.slice(fields.findLastIndex((name, index) => index % 2 === 0 && name.startsWith(":")) + 2);
  stream.respond(responseFields, false);
  if (ended) stream.respond(trailers, true);
  return {
    onFields() {},
    onData(buffer, start, end, isEnd) {
      stream.write(buffer.slice(start, end), false);
      stream.taken(end - start);
      if (isEnd) stream.respond(trailers, true);
    },
    onReset() {},
  };
};

/** What came of a stream. */
export interface Answer {
  readonly fields: Fields[];
  readonly body: Buffer;
  /** Undefined: it ended as it should. */
  readonly reset: { readonly code: number; readonly reason: string } | undefined;
}

/** Asks with a body, and takes all of the answer. */
export function ask(
  client: Http2Client,
  body: Uint8Array = nothing,
  more?: Fields,
  fields = requestFields,
): Promise<Answer> & { readonly stream: Http2Stream } {
  const { promise, resolve } = Promise.withResolvers<Answer>();
  const stream: Http2Stream = client.request(
    fields,
    more,
    body.length === 0,
    collector(() => stream, resolve),
  );
  if (body.length > 0) stream.write(body, true);
  return Object.assign(promise, { stream });
}

/** A handler that takes everything. */
export function collector(stream: () => Http2Stream, done: (answer: Answer) => void): StreamHandler {
  const fields: Fields[] = [];
  const pieces: Uint8Array[] = [];
  const end = (reset: Answer["reset"]) => done({ fields, body: Buffer.concat(pieces), reset });
  return {
    onFields(section, ended) {
      fields.push(section);
      if (ended) end(undefined);
    },
    onData(buffer, start, stop, ended) {
      pieces.push(buffer.slice(start, stop));
      stream().taken(stop - start);
      if (ended) end(undefined);
    },
    onReset: (code, reason) => end({ code, reason }),
  };
}

/** Both ends of a socket. They are destroyed when the test is over. */
async function socketPair(): Promise<readonly [asking: Socket, answering: Socket]> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const asking = connect((server.address() as AddressInfo).port, "127.0.0.1");
  const [answering] = (await once(server, "connection")) as [Socket];
  server.close();
  for (const socket of [asking, answering]) socket.setNoDelay(true);
  return [asking, answering];
}

export interface Ended {
  /** What `onEnd` was told, once it was. */
  readonly ends: (Error | undefined)[];
}

/** Our client and our server, connected. */
export async function ourPair(
  onStream: OnStream = echo,
  options: Partial<Http2Options> = {},
): Promise<{ client: Http2Client & Ended; server: Http2Connection & Ended; sockets: readonly [Socket, Socket] }> {
  const sockets = await socketPair();
  const ends: (Error | undefined)[][] = [[], []];
  const server = acceptHttp2(sockets[1], { ...options, onEnd: (error) => ends[1]!.push(error) }, onStream);
  const client = connectHttp2(sockets[0], { ...options, onEnd: (error) => ends[0]!.push(error) });
  return {
    client: Object.assign(client, { ends: ends[0]! }),
    server: Object.assign(server, { ends: ends[1]! }),
    sockets,
  };
}

export interface Frame {
  readonly type: number;
  readonly flags: number;
  readonly id: number;
  readonly payload: Buffer;
}

export function frame(type: number, flags: number, id: number, payload: Uint8Array = nothing): Buffer {
  const bytes = Buffer.alloc(frameHeadBytes + payload.length);
  writeHead(bytes, 0, payload.length, type, flags, id);
  bytes.set(payload, frameHeadBytes);
  return bytes;
}

const blocks = new Map<Fields, Buffer>();

/** A field block that changes no table. */
export function block(fields: Fields): Buffer {
  let known = blocks.get(fields);
  if (known === undefined) {
    known = Buffer.concat([...fields.entries()].flatMap(([index, text]) => literal(text, index % 2 === 0)));
    blocks.set(fields, known);
  }
  return known;
}

function literal(text: string, isName: boolean): Buffer[] {
  const length: number[] = [];
  if (text.length < 127) length.push(text.length);
  else {
    let rest = text.length - 127;
    length.push(127);
    for (; rest >= 128; rest >>= 7) length.push((rest & 127) | 128);
    length.push(rest);
  }
  return [Buffer.from(isName ? [0, ...length] : length), Buffer.from(text, "latin1")];
}

export const headers = (id: number, fields: Fields = requestFields, ended = true) =>
  frame(frameType.headers, flag.endHeaders | (ended ? flag.endStream : 0), id, block(fields));
export const data = (id: number, payload: Uint8Array, ended = false) =>
  frame(frameType.data, ended ? flag.endStream : 0, id, payload);
export const uint32 = (number: number) => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(number);
  return bytes;
};
export const reset = (id: number, code = 8) => frame(frameType.rstStream, 0, id, uint32(code));
export const widen = (id: number, bytes: number) => frame(frameType.windowUpdate, 0, id, uint32(bytes));
export const settings = (...pairs: readonly (readonly [id: number, value: number])[]) =>
  frame(
    frameType.settings,
    0,
    0,
    Buffer.concat(pairs.map(([id, value]) => Buffer.concat([Buffer.from([0, id]), uint32(value)]))),
  );
export const settingsAck = frame(frameType.settings, flag.ack, 0);

/** A peer that says what it is told to, and keeps what it hears. */
export interface ScriptedPeer {
  readonly socket: Socket;
  readonly frames: readonly Frame[];
  send(...bytes: readonly Uint8Array[]): void;
  /** The first frame, of those that have come and those to come, that is of a type and what else is asked. */
  next(type: number, which?: (frame: Frame) => boolean): Promise<Frame>;
  /** The fields of a HEADERS frame. Each has to be asked for, in order. */
  fieldsOf(frame: Frame): Fields;
  /** The code of GOAWAY, once it has come, and the connection is over. */
  goaway(): Promise<number>;
  readonly isClosed: boolean;
}

function scripted(socket: Socket): ScriptedPeer {
  const frames: Frame[] = [];
  const decoder = createDecoder(1024 * 1024);
  let rest = Buffer.alloc(0);
  let awaitsPreface = true;
  let isClosed = false;
  socket.on("error", () => {});
  socket.on("close", () => {
    isClosed = true;
  });
  socket.on("data", (chunk: Buffer) => {
    rest = Buffer.concat([rest, chunk]);
    if (awaitsPreface && rest.subarray(0, 3).equals(preface.subarray(0, 3))) rest = rest.subarray(preface.length);
    awaitsPreface = false;
    while (rest.length >= frameHeadBytes) {
      const length = rest.readUIntBE(0, 3);
      if (rest.length < frameHeadBytes + length) break;
      frames.push({
        type: rest[3]!,
        flags: rest[4]!,
        id: readUint31(rest, 5),
        payload: rest.subarray(frameHeadBytes, frameHeadBytes + length),
      });
      rest = rest.subarray(frameHeadBytes + length);
    }
  });
  return {
    socket,
    frames,
    send: (...bytes) => socket.write(Buffer.concat(bytes)),
    next: (type, which = () => true) =>
      until(`a frame of type ${type} comes`, () => frames.find((one) => one.type === type && which(one)), {
        everyMs: 1,
      }),
    fieldsOf: ({ payload }) => decoder.decode(payload, 0, payload.length).fields,
    async goaway() {
      const { payload } = await this.next(frameType.goaway);
      await until("the connection is over", () => isClosed);
      return payload.readUInt32BE(4);
    },
    get isClosed() {
      return isClosed;
    },
  };
}

/** Our server with a scripted client, which has said its settings. */
export async function scriptedClient(
  onStream: OnStream = hello,
  options: Partial<Http2Options> = {},
  said: Uint8Array = settings(),
  answered: Uint8Array = settingsAck,
): Promise<{ peer: ScriptedPeer; server: Http2Connection & Ended }> {
  const [asking, answering] = await socketPair();
  const ends: (Error | undefined)[] = [];
  const server = acceptHttp2(answering, { ...options, onEnd: (error) => ends.push(error) }, onStream);
  const peer = scripted(asking);
  peer.send(preface, said, answered);
  return { peer, server: Object.assign(server, { ends }) };
}

/** Our client with a scripted server, which has said its settings. */
export async function scriptedServer(
  options: Partial<Http2Options> = {},
  said: Uint8Array = settings(),
): Promise<{ peer: ScriptedPeer; client: Http2Client & Ended }> {
  const [asking, answering] = await socketPair();
  const ends: (Error | undefined)[] = [];
  const client = connectHttp2(asking, { ...options, onEnd: (error) => ends.push(error) });
  const peer = scripted(answering);
  peer.send(said, settingsAck);
  await peer.next(frameType.settings, ({ flags }) => flags === flag.ack);
  return { peer, client: Object.assign(client, { ends }) };
}
