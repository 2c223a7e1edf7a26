/**
 * Connect's typed client, with one difference: breaking out of a response stream ends the call. (Connect's own leaves it
 * running until a signal aborts.)
 */
import type { DescService } from "@bufbuild/protobuf";
import {
  type Client,
  Code,
  ConnectError,
  createClient as createConnectClient,
  makeAnyClient,
  type Transport,
} from "@connectrpc/connect";
import { createLinkedAbortController } from "./connect.ts";
import { callEnded } from "./iterables.ts";

export function createClient<Service extends DescService>(service: Service, transport: Transport): Client<Service> {
  const client: Record<string, unknown> = { ...createConnectClient(service, transport) };
  return makeAnyClient(service, (method) => {
    const call = client[method.localName];
    const streams = method.methodKind === "server_streaming" || method.methodKind === "bidi_streaming";
    return streams ? endingOnReturn(call as StreamingCall) : (call as StreamingCall);
  }) as Client<Service>;
}

type StreamingCall = (input: unknown, options?: { signal?: AbortSignal }) => AsyncIterable<unknown>;

function endingOnReturn(call: StreamingCall): StreamingCall {
  return (input, options) => {
    const consumer = createLinkedAbortController(options?.signal);
    const responses = call(input, { ...options, signal: consumer.signal });
    const end = () => consumer.abort(new ConnectError("the caller stopped reading", Code.Canceled));
    return {
      [Symbol.asyncIterator]() {
        const iterator = responses[Symbol.asyncIterator]();
        // Takes the listener off the caller's signal, which may live much longer than the call.
        const unlink = () => consumer.abort(callEnded);
        return {
          next: () =>
            iterator.next().then(
              (result) => {
                if (result.done) unlink();
                return result;
              },
              (error: unknown) => {
                unlink();
                throw error;
              },
            ),
          async return() {
            end();
            return { done: true, value: undefined };
          },
          async throw(error) {
            end();
            throw error;
          },
        };
      },
    };
  };
}
