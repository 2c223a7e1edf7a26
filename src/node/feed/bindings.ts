/**
 * The contracts that a product's plugin has bound in its provider. A new provider that replaces a lost one has none of them bound, and
 * the plugin, which keeps its connection, does not know that it should bind them again: so the node does.
 *
 * `Bind` and `Unbind` of the contract reader are the only calls to a provider of OCR2's products that change what later calls see.
 * All others read, or are complete when they are answered; a transmission must not be repeated.
 */
import {
  BindRequestSchema,
  type BoundContract,
  ContractReader,
  UnbindRequestSchema,
} from "../../../proto/gen/loop/contract_reader_pb.ts";
import { createClient } from "../../../transports/calls/client.ts";
import type { Carrier } from "../../../transports/connection.ts";
import type { CallTarget } from "../../loop/connection.ts";
import type { CallOptions } from "../../loop/types.ts";
import { decodeMessage } from "../../values/decode-message.ts";

export interface Bindings {
  /** The same carrier, which remembers every `Bind` and `Unbind` that succeeds. */
  watch(carrier: Carrier<Uint8Array>): Carrier<Uint8Array>;
  /** Binds everything that is bound now in a new provider. @throws ConnectError when it refuses */
  replay(provider: CallTarget, options: CallOptions): Promise<void>;
}

export function createBindings(): Bindings {
  const bound = new Map<string, BoundContract>();
  const keyOf = ({ name, address }: BoundContract) => JSON.stringify([name, address]);
  const remember: Readonly<Record<string, (message: Uint8Array) => void>> = {
    [`/${ContractReader.typeName}/${ContractReader.method.bind.name}`](message) {
      for (const contract of decodeMessage(BindRequestSchema, message).bindings) bound.set(keyOf(contract), contract);
    },
    [`/${ContractReader.typeName}/${ContractReader.method.unbind.name}`](message) {
      for (const contract of decodeMessage(UnbindRequestSchema, message).bindings) bound.delete(keyOf(contract));
    },
  };
  const noteOf = (path: string) => (Object.hasOwn(remember, path) ? remember[path] : undefined);
  return {
    watch: (carrier) => ({
      async unary(call) {
        const reply = await carrier.unary(call);
        // A call that failed has bound nothing.
        noteOf(call.path)?.(call.message);
        return reply;
      },
      stream(call) {
        const note = noteOf(call.path);
        if (note === undefined) return carrier.stream(call);
        const { path, method, metadata, deadline, signal } = call;
        const sent: Uint8Array[] = [];
        const input = copying(call.input, sent);
        const reply = carrier.stream({ path, method, metadata, deadline, signal, input });
        reply.trailer.then(
          () => sent.forEach(note),
          () => {},
        );
        return reply;
      },
    }),
    async replay({ transport }, options) {
      if (bound.size === 0) return;
      await createClient(ContractReader, transport).bind({ bindings: [...bound.values()] }, options);
    },
  };
}

async function* copying<T>(values: AsyncIterable<T>, copies: T[]): AsyncGenerator<T> {
  for await (const value of values) {
    copies.push(value);
    yield value;
  }
}
