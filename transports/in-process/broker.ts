/** A pair of brokers with nothing between them. */

import { Code, ConnectError } from "@connectrpc/connect";
import type { Broker } from "../broker.ts";
import { type Announcements, createAnnouncements } from "../calls/announcements.ts";
import { createByteHandler, type MessagePassing, sendBytes, sendDirectly } from "../calls/answer.ts";
import { createLinkedAbortController } from "../calls/connect.ts";
import { connectionClosed, errorFromHandler, failedResponse } from "../calls/errors.ts";
import { createConnection } from "../calls/instance-end.ts";
import type { Send } from "../calls/transport.ts";
import type { ByteHandler, Routes } from "../connection.ts";

/** Both ways to call what stands on the other side. */
export interface Carriers {
  readonly bytes: ByteHandler;
  readonly send: Send;
}

/** @param maxMessageBytes for calls by their bytes; messages that are handed over have no length */
export function carry(what: Routes | ByteHandler, messages: MessagePassing, maxMessageBytes: number): Carriers {
  const bytes = createByteHandler(typeof what === "function" ? what : guarded(what), maxMessageBytes);
  return { bytes, send: typeof what === "function" ? sendDirectly(what, messages) : sendBytes(bytes, maxMessageBytes) };
}

/** Whatever a user's own handler throws or rejects with is an error of the call, as where an answering end stands between. */
function guarded(handler: ByteHandler): ByteHandler {
  return {
    call(call) {
      try {
        const { header, output, trailer } = handler.call(call);
        return { header: header.catch(rethrow), output: guardedOutput(output), trailer: trailer.catch(rethrow) };
      } catch (thrown) {
        return failedResponse(errorFromHandler(thrown));
      }
    },
  };
}

async function* guardedOutput(output: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield* output;
  } catch (thrown) {
    rethrow(thrown);
  }
}

function rethrow(thrown: unknown): never {
  throw errorFromHandler(thrown);
}

export function createBrokerPair(
  over: AbortSignal,
  messages: MessagePassing,
  maxMessageBytes: number,
): { host: Broker; plugin: Broker } {
  const byHost = createAnnouncements<Offer>(over);
  const byPlugin = createAnnouncements<Offer>(over);
  const broker = (own: Announcements<Offer>, peer: Announcements<Offer>): Broker => {
    let lastId = 0;
    return {
      async serve(what) {
        const id = ++lastId;
        const closed = new AbortController();
        own.announce(id, { ...carry(what, messages, maxMessageBytes), closed: closed.signal });
        return {
          id,
          async [Symbol.asyncDispose]() {
            own.retract(id);
            closed.abort(new ConnectError(`brokered connection ${id} is no longer served`, Code.Unavailable));
          },
        };
      },
      async dial(id, options) {
        const offer = await peer.find(id, options?.timeoutMs);
        const hangUp = createLinkedAbortController(over, offer.closed);
        return createConnection(offer, hangUp.signal, async () => hangUp.abort(connectionClosed(id)), options);
      },
    };
  };
  return { host: broker(byHost, byPlugin), plugin: broker(byPlugin, byHost) };
}

interface Offer extends Carriers {
  /** Aborts when the offer is withdrawn. */
  readonly closed: AbortSignal;
}
