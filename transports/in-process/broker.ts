/** A pair of brokers with nothing between them. */

import { Code, ConnectError } from "@connectrpc/connect";
import type { Broker } from "../broker.ts";
import { type Announcements, createAnnouncements } from "../calls/announcements.ts";
import { createLinkedAbortController } from "../calls/connect.ts";
import { type Carriers, createConnection } from "../calls/connection.ts";
import { connectionClosed } from "../calls/errors.ts";
import { carry, type MessagePassing } from "./carry.ts";

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
