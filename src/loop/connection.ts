/** The connection behind a client, for code that passes the connection on rather than calling over it. */
import type { Connection } from "../../transports/connection.ts";

/** What a client needs: a {@link Connection}, or `{ transport }`. */
export type CallTarget = Pick<Connection, "transport">;

/**
 * The property under which a client keeps the connection that it calls over. An object that wraps a client and answers
 * differently must not copy this property: code that passes the connection on would bypass the wrapper.
 */
export const connectionKey: unique symbol = Symbol("connection");

export interface OverConnection {
  readonly [connectionKey]: Connection;
}

/** The connection that `object` calls over, if it is a client that carries one. */
export function connectionOf(object: object): Connection | undefined {
  return isOverConnection(object) ? object[connectionKey] : undefined;
}

function isOverConnection(object: object): object is OverConnection {
  return connectionKey in object;
}
