/** go-plugin's broker, without multiplexing: each server has a socket of its own, announced on one stream. */

import { existsSync } from "node:fs";
import { create } from "@bufbuild/protobuf";
import { Code, ConnectError } from "@connectrpc/connect";
import { type ConnInfo, ConnInfoSchema } from "../../proto/gen/goplugin/goplugin_pb.ts";
import type { Broker } from "../broker.ts";
import { createAnnouncements } from "../calls/announcements.ts";
import { answerBytes } from "../calls/answer.ts";
import { createLinkedAbortController } from "../calls/connect.ts";
import { createConnection, overBytes } from "../calls/connection.ts";
import { connectionClosed } from "../calls/errors.ts";
import type { Grpc } from "./grpc.ts";
import { createOutbox } from "./outbox.ts";
import type { SocketDirectory } from "./socket-directory.ts";
import { type Address, dial, serveOnSocket } from "./sockets.ts";

export interface ProcessBroker extends Broker {
  /**
   * What this side announces: one end of `GRPCBroker.StartStream`. It never ends by itself: go-plugin takes an end for its own. Of a
   * plugin whose host has gone, the next host has it.
   */
  announcements(): AsyncIterable<ConnInfo>;
  /** What the other side announced. */
  onConnInfo(info: ConnInfo): void;
  /** What keeps this side from serving connections, in one line; `undefined` where nothing does. Never rejects. */
  fault(): Promise<string | undefined>;
  /** Closes every server that still stands. */
  close(): Promise<void>;
}

/** No socket's path and no host's name is that long. */
const longestAddress = 1024;

/** What the other side serves. */
interface Offer {
  readonly address: Address;
  /** Whether it was there when it was announced. */
  readonly hasSocket: boolean;
}

export function createProcessBroker(
  directory: SocketDirectory,
  over: AbortSignal,
  grpc: Grpc,
  graceMs: number,
): ProcessBroker {
  const offers = createAnnouncements<Offer>(over);
  const announcements = createOutbox<ConnInfo>();
  const servers = new Map<number, () => Promise<void>>();
  let lastId = 0;
  let closed = false;

  /** The protocol has no word for the end of a server, but its socket is gone then. */
  function forgetIfEnded(id: number): void {
    const offer = offers.get(id);
    if (offer?.hasSocket && !existsSync(offer.address.address)) offers.retract(id);
  }

  return {
    announcements: announcements.read,
    async serve(what) {
      const id = ++lastId;
      const address = directory.nextSocket();
      const server = await serveOnSocket(address, answerBytes(what, grpc.maxMessageBytes), grpc);
      if (closed) {
        await server.close();
        throw new ConnectError("cannot serve a brokered connection: the plugin has ended", Code.Unavailable);
      }
      servers.set(id, server.close);
      announcements.push(create(ConnInfoSchema, { serviceId: id, network: "unix", address }));
      return {
        id,
        async [Symbol.asyncDispose]() {
          servers.delete(id);
          await server.close();
        },
      };
    },
    async dial(id, options) {
      // A server of an earlier host may have had this number: that of the present one is then still to be announced.
      forgetIfEnded(id);
      const { address } = await offers.find(id, options?.timeoutMs);
      const hangUp = createLinkedAbortController(over);
      const client = grpc.connect(() => dial(address), { grace: { signal: over, ms: graceMs } });
      hangUp.signal.addEventListener("abort", () => client.close(), { once: true });
      return createConnection(
        overBytes(client.bytes, grpc.maxMessageBytes),
        hangUp.signal,
        async () => hangUp.abort(connectionClosed(id)),
        options,
      );
    },
    onConnInfo({ serviceId, network, address, knock }) {
      // A knock belongs to multiplexing, which was not asked for; an address of another kind cannot be dialled.
      if (knock !== undefined || (network !== "unix" && network !== "tcp") || address.length > longestAddress) return;
      // Two are looked at for each that comes.
      for (const id of offers.next(2)) forgetIfEnded(id);
      // What never was there is no server that has ended: dialling it says so.
      const hasSocket = network === "unix" && existsSync(address);
      // One with a known number is that of another host of this plugin, which counts from the start again.
      offers.announce(serviceId, { address: { network, address }, hasSocket });
    },
    async fault() {
      const fault = await directory.fault();
      return fault === undefined || closed ? undefined : `cannot serve brokered connections: ${fault}`;
    },
    async close() {
      closed = true;
      announcements.end();
      await Promise.all([...servers.values()].map((close) => close()));
      servers.clear();
    },
  };
}
