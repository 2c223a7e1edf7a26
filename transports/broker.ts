/**
 * The broker: how host and plugin offer each other further connections. One side serves and gets a number, the number
 * travels in any message, the other side dials it. The idea and the name are go-plugin's; it works the same on every
 * transport and in both directions.
 */
import type { Interceptor } from "@connectrpc/connect";
import type { Answers, Carrier, Connection, Routes } from "./connection.ts";

export interface Broker {
  /**
   * Offers services to the other side. The id is known over there when this resolves; it counts per side from 1, so
   * the same number may be in use in both directions.
   * @param what services; what `answer` has made of some; or a connection's `bytes`, which makes a complete proxy
   */
  serve(what: Routes | Answers | Carrier<Uint8Array>): Promise<BrokeredServer>;
  /**
   * Connects to what the other side serves under `id`, waiting for it to be announced. An id can be dialled as often
   * as one likes while it is served.
   * @throws ConnectError Unavailable when nothing is served under that id in time
   */
  dial(id: number, options?: DialOptions): Promise<Connection>;
}

export interface DialOptions {
  /** How long to wait for the id's being announced. Default 5000, as go-plugin. */
  readonly timeoutMs?: number;
  /** Connect's interceptors, for the connection's typed calls. */
  readonly interceptors?: readonly Interceptor[];
}

export interface BrokeredServer extends AsyncDisposable {
  readonly id: number;
}

/** How long {@link Broker.dial} waits by default, in milliseconds. */
export const defaultDialTimeoutMs = 5000;
