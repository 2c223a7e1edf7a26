/** The broker over a link: brokered connections are further targets on the one channel that both sides have. */

import { Code, ConnectError } from "@connectrpc/connect";
import type { Broker } from "../broker.ts";
import { createAnnouncements } from "../calls/announcements.ts";
import { answerBytes } from "../calls/answer.ts";
import { createLinkedAbortController } from "../calls/connect.ts";
import { createConnection, overBytes } from "../calls/connection.ts";
import { connectionClosed } from "../calls/errors.ts";
import type { Announcement } from "./control.ts";
import type { Link } from "./link.ts";

export interface LinkBroker extends Broker {
  /** The other side announced or withdrew a server. */
  onAnnouncement(announcement: Announcement): void;
}

export function createLinkBroker(
  link: Link,
  over: AbortSignal,
  maxMessageBytes: number,
  announce: (announcement: Announcement) => void,
): LinkBroker {
  const offers = createAnnouncements<AbortController>(over);
  let lastId = 0;
  return {
    async serve(what) {
      const id = ++lastId;
      link.serve(id, answerBytes(what, maxMessageBytes));
      announce({ type: "serve", id });
      return {
        id,
        async [Symbol.asyncDispose]() {
          link.unserve(id);
          announce({ type: "unserve", id });
        },
      };
    },
    async dial(id, options) {
      const offer = await offers.find(id, options?.timeoutMs);
      const hangUp = createLinkedAbortController(over, offer.signal);
      return createConnection(
        overBytes(link.carrier(id), maxMessageBytes),
        hangUp.signal,
        async () => hangUp.abort(connectionClosed(id)),
        options,
      );
    },
    onAnnouncement({ type, id }) {
      if (type === "serve") {
        if (offers.get(id) === undefined) offers.announce(id, new AbortController());
        return;
      }
      const offer = offers.get(id);
      offers.retract(id);
      offer?.abort(new ConnectError(`brokered connection ${id} is no longer served`, Code.Unavailable));
    },
  };
}
