/** Makes connections of what carries calls. */
import type { Message } from "@bufbuild/protobuf";
import type { Transport } from "@connectrpc/connect";
import type { Carrier, Connection } from "../connection.ts";
import { encoding } from "./codec.ts";
import { endingCalls } from "./ending.ts";
import { OpenCalls } from "./open-calls.ts";
import { createTransport, type TypedOptions } from "./transport.ts";

/** Both ways to call what is on the other side. */
export type Carriers = Pick<Connection, "bytes" | "messages">;

/** Where only bytes reach the other side: messages go with a codec before them. */
export function overBytes(bytes: Carrier<Uint8Array>, maxMessageBytes: number): Carriers {
  return { bytes, messages: encoding(bytes, maxMessageBytes) };
}

/** A connection whose calls end when `over` aborts, for its reason. */
export function createConnection(
  { bytes, messages }: Carriers,
  over: AbortSignal,
  dispose: () => Promise<void>,
  options?: TypedOptions,
): Connection {
  const calls = new OpenCalls(over);
  return connectionOver(
    { bytes: endingCalls(bytes, calls), messages: endingCalls<Message>(messages, calls) },
    dispose,
    options,
  );
}

/** A connection over carriers that end their calls themselves. */
export function connectionOver(
  { bytes, messages }: Carriers,
  dispose: () => Promise<void>,
  options?: TypedOptions,
): Connection {
  let transport: Transport | undefined;
  return {
    get transport() {
      transport ??= createTransport(messages, options);
      return transport;
    },
    bytes,
    messages,
    [Symbol.asyncDispose]: dispose,
  };
}
