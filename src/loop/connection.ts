/** The connection behind a client, for those who want to pass it on rather than call it. */
import type { Connection } from "../../transports/connection.ts";

/** What a client needs: a {@link Connection}, or `{ transport }`. */
export type CallTarget = Pick<Connection, "transport">;

/**
 * Under this key a client carries the connection that it speaks over. An object that answers other than the connection does
 * must not carry it on: those who pass the connection on would pass by that object.
 */
export const connectionKey: unique symbol = Symbol("connection");

export interface OverConnection {
  readonly [connectionKey]: Connection;
}

/** The connection that `object` speaks over, if it is a client that carries one. */
export function connectionOf(object: object): Connection | undefined {
  return isOverConnection(object) ? object[connectionKey] : undefined;
}

function isOverConnection(object: object): object is OverConnection {
  return connectionKey in object;
}
