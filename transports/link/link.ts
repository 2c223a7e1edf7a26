/**
 * Calls over a channel, the same code on both ends: each side may call what the other serves. Streams have credit in
 * bytes, so that a slow reader holds its writer and nobody else.
 */
import { Code, ConnectError } from "@connectrpc/connect";
import type { ByteHandler, Call, CallResponse } from "../broker.ts";
import { errorFromHandler, failedResponse, unimplemented } from "../calls/errors.ts";
import { createInbox, type Inbox } from "../calls/inbox.ts";
import { abortReason, ignore } from "../calls/iterables.ts";
import { type Credit, createCredit, messageOverheadBytes, windowBytes } from "./credit.ts";
import {
  decodeCancel,
  decodeChunk,
  decodeCredit,
  decodeEnd,
  decodeMetadata,
  decodeOpen,
  encodeChunk,
  encodeCredit,
  encodePayload,
  type Frame,
  FrameError,
  frameType,
  fromErrorPayload,
  fromHeaders,
  toErrorPayload,
  toHeaders,
} from "./frames.ts";

export interface Link {
  /** Calls one of the other side's servers; 0 is its main one. */
  handler(target: number): ByteHandler;
  serve(target: number, handler: ByteHandler): void;
  /** Ends the calls that this server still answers. */
  unserve(target: number): void;
  /** Reads one posted chunk. @throws FrameError when the peer broke the protocol */
  receive(chunk: Uint8Array): void;
  /** Ends every call on both sides of the link. */
  close(error: ConnectError): void;
}

export interface LinkOptions {
  readonly side: "host" | "guest";
  readonly maxMessageBytes: number;
  post(chunk: Uint8Array<ArrayBuffer>): void;
}

/** Stream numbers are 32 bits wide. */
const streamNumbers = 2 ** 32;

/** One call, on either end of it. */
interface Stream {
  readonly inbox: Inbox<Uint8Array>;
  readonly target: number;
  onFrame(frame: Frame): void;
  /** The peer's reader has taken so much. */
  onCredit(bytes: number): void;
  close(error: ConnectError): void;
}

export function createLink({ side, maxMessageBytes, post }: LinkOptions): Link {
  const servers = new Map<number, ByteHandler>();
  const streams = new Map<number, Stream>();
  let nextStream = side === "host" ? 1 : 2;
  let highestPeerStream = 0;
  let closed: ConnectError | undefined;
  let outbox: Frame[] = [];

  function send(type: number, stream: number, payload: Uint8Array = new Uint8Array()): void {
    if (closed !== undefined) return;
    if (outbox.push({ type, stream, payload }) === 1) process.nextTick(flush);
  }

  function flush(): void {
    const frames = outbox;
    outbox = [];
    if (closed === undefined && frames.length > 0) post(encodeChunk(frames));
  }

  /** The numbers begin again when they are used up, after two thousand million calls; some of the first may still be in use. */
  function newStream(): number {
    let id: number;
    do {
      id = nextStream;
      nextStream = (nextStream + 2) % streamNumbers;
    } while (streams.has(id));
    return id;
  }

  /** Whether the peer may give a number to a stream: one of its own that comes after all that it gave before. */
  function isNewFromPeer(id: number): boolean {
    const ahead = (id - highestPeerStream + streamNumbers) % streamNumbers;
    return id % 2 === (side === "host" ? 0 : 1) && ahead > 0 && ahead < streamNumbers / 2 && !streams.has(id);
  }

  function openInbox(stream: number, onAbandon: () => void): Inbox<Uint8Array> {
    let taken = 0;
    return createInbox<Uint8Array>({
      sizeOf: (message) => message.length + messageOverheadBytes,
      onTake(bytes) {
        taken += bytes;
        if (taken < windowBytes / 4) return;
        send(frameType.credit, stream, encodeCredit(taken));
        taken = 0;
      },
      onAbandon,
    });
  }

  function call(target: number, outgoing: Call<Uint8Array>): CallResponse<Uint8Array> {
    if (closed !== undefined) return failedResponse(closed);
    const { signal } = outgoing;
    if (signal.aborted) return failedResponse(abortReason(signal));
    const id = newStream();
    const header = Promise.withResolvers<Headers>();
    const trailer = Promise.withResolvers<Headers>();
    header.promise.catch(ignore);
    trailer.promise.catch(ignore);
    const credit = createCredit();
    const input = outgoing.input[Symbol.asyncIterator]();

    const finish = (error?: ConnectError) => {
      if (!streams.delete(id)) return;
      signal.removeEventListener("abort", onAbort);
      credit.close();
      input.return?.().catch(ignore);
      if (error === undefined) return inbox.end();
      header.reject(error);
      trailer.reject(error);
      inbox.end(error);
    };
    const cancel = (error: ConnectError) => {
      if (!streams.has(id)) return;
      send(frameType.cancel, id, encodePayload({ code: error.code, message: error.rawMessage }));
      finish(error);
    };
    const onAbort = () => cancel(abortReason(signal));
    const inbox = openInbox(id, () => cancel(new ConnectError("the caller stopped reading", Code.Canceled)));

    streams.set(id, {
      inbox,
      target,
      onCredit: credit.add,
      close: finish,
      onFrame(frame) {
        switch (frame.type) {
          case frameType.header:
            return header.resolve(toHeaders(decodeMetadata(frame.payload)));
          case frameType.message:
            return receiveMessage(inbox, frame);
          case frameType.end: {
            const end = decodeEnd(frame.payload);
            const trailers = toHeaders(end.trailer);
            if (end.error !== undefined) return finish(fromErrorPayload(end.error, trailers));
            header.resolve(new Headers());
            trailer.resolve(trailers);
            return finish();
          }
          default:
            throw new FrameError(`Cannot accept a frame of type ${frame.type} from the side that answers`);
        }
      },
    });
    signal.addEventListener("abort", onAbort, { once: true });
    const { path, timeoutMs } = outgoing;
    send(
      frameType.open,
      id,
      encodePayload({
        path,
        target,
        header: fromHeaders(outgoing.header),
        ...(timeoutMs === undefined ? {} : { timeoutMs }),
      }),
    );
    pump(input, id, credit).then(
      () => send(frameType.halfClose, id),
      (error: unknown) => cancel(errorFromHandler(error)),
    );
    return { header: header.promise, output: inbox.values, trailer: trailer.promise };
  }

  function answer(id: number, payload: Uint8Array): void {
    const { path, target, timeoutMs, header: headerList } = decodeOpen(payload);
    const header = toHeaders(headerList);
    const controller = new AbortController();
    const credit = createCredit();
    // A server that stops reading its input is no reason to end the call: what still comes is dropped.
    const inbox = openInbox(id, ignore);
    const finish = (error: ConnectError) => {
      if (!streams.delete(id)) return;
      credit.close();
      inbox.end(error);
      controller.abort(error);
    };
    streams.set(id, {
      inbox,
      target,
      onCredit: credit.add,
      close(error) {
        if (streams.has(id)) send(frameType.end, id, encodePayload({ trailer: [], error: toErrorPayload(error) }));
        finish(error);
      },
      onFrame(frame) {
        switch (frame.type) {
          case frameType.message:
            return receiveMessage(inbox, frame);
          case frameType.halfClose:
            return inbox.end();
          case frameType.cancel: {
            const { code, message } = decodeCancel(frame.payload);
            return finish(new ConnectError(message, code));
          }
          default:
            throw new FrameError(`Cannot accept a frame of type ${frame.type} from the side that calls`);
        }
      },
    });

    const response = handle(target, { path, header, timeoutMs, signal: controller.signal, input: inbox.values });
    respond(id, response, credit).then(
      (trailer) => {
        if (streams.has(id)) send(frameType.end, id, encodePayload({ trailer: fromHeaders(trailer) }));
        streams.delete(id);
        credit.close();
      },
      (thrown: unknown) => {
        const error = errorFromHandler(thrown);
        if (streams.has(id)) {
          send(
            frameType.end,
            id,
            encodePayload({ trailer: fromHeaders(error.metadata), error: toErrorPayload(error) }),
          );
        }
        finish(error);
      },
    );
  }

  function handle(target: number, incoming: Call<Uint8Array>): CallResponse<Uint8Array> {
    const handler = servers.get(target);
    if (handler === undefined) return failedResponse(target === 0 ? unimplemented(incoming.path) : notServed(target));
    try {
      return handler.call(incoming);
    } catch (thrown) {
      return failedResponse(errorFromHandler(thrown));
    }
  }

  async function respond(id: number, response: CallResponse<Uint8Array>, credit: Credit): Promise<Headers> {
    let headerSent = false;
    const sendHeader = (header: Headers) => {
      if (!headerSent && streams.has(id)) send(frameType.header, id, encodePayload(fromHeaders(header)));
      headerSent = true;
    };
    response.header.then(sendHeader, ignore);
    const output = response.output[Symbol.asyncIterator]();
    await pump(output, id, credit, async () => {
      if (!headerSent) sendHeader(await response.header);
    });
    sendHeader(await response.header);
    return response.trailer;
  }

  /** Sends messages as long as there is credit and somebody wants them. */
  async function pump(source: AsyncIterator<Uint8Array>, id: number, credit: Credit, before?: () => Promise<void>) {
    for (;;) {
      const result = await source.next();
      if (result.done) return;
      await before?.();
      if (!(await credit.spend(result.value.length + messageOverheadBytes))) {
        source.return?.().catch(ignore);
        return;
      }
      send(frameType.message, id, result.value);
    }
  }

  function receiveMessage(inbox: Inbox<Uint8Array>, { payload }: Frame): void {
    if (payload.length > maxMessageBytes) {
      // The writer checks its messages, so this one is no mistake of a user.
      throw new FrameError(`Cannot accept a message of ${payload.length} bytes: the limit is ${maxMessageBytes} bytes`);
    }
    if (inbox.waiting > windowBytes + maxMessageBytes) throw new FrameError("Cannot accept a message without credit");
    inbox.push(payload);
  }

  function dispatch(frame: Frame): void {
    const stream = streams.get(frame.stream);
    if (frame.type === frameType.open) {
      if (!isNewFromPeer(frame.stream)) {
        throw new FrameError(`Cannot accept stream ${frame.stream}: its number is not the peer's to give`);
      }
      highestPeerStream = frame.stream;
      return answer(frame.stream, frame.payload);
    }
    // Frames for a stream that has just ended on this side are no mistake.
    if (stream === undefined) return;
    if (frame.type === frameType.credit) return stream.onCredit(decodeCredit(frame.payload));
    return stream.onFrame(frame);
  }

  return {
    handler: (target) => ({ call: (outgoing) => call(target, outgoing) }),
    serve(target, handler) {
      servers.set(target, handler);
    },
    unserve(target) {
      servers.delete(target);
      for (const [id, stream] of [...streams]) {
        if (stream.target === target && id % 2 === (side === "host" ? 0 : 1)) stream.close(notServed(target));
      }
    },
    receive(chunk) {
      for (const frame of decodeChunk(chunk)) dispatch(frame);
    },
    close(error) {
      if (closed !== undefined) return;
      flush();
      closed = error;
      for (const stream of [...streams.values()]) stream.close(error);
    },
  };
}

function notServed(target: number): ConnectError {
  return new ConnectError(`brokered connection ${target} is no longer served`, Code.Unavailable);
}
