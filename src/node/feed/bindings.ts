/**
 * What a product's plugin has told its provider to keep in mind. A provider that takes the place of one that was lost knows
 * nothing of it, and the plugin, which holds on to its connection, has no reason to say it again: so the node does.
 *
 * Of the calls to a provider of OCR2's products only two leave something behind that later calls build on, `Bind` and `Unbind` of
 * its contract reader. All others read, or are done when they are answered; and a transmission must not be made twice.
 */
import { fromBinary } from "@bufbuild/protobuf";
import {
  BindRequestSchema,
  type BoundContract,
  ContractReader,
  UnbindRequestSchema,
} from "../../../proto/gen/loop/contract_reader_pb.ts";
import { createClient } from "../../../transports/calls/client.ts";
import type { ByteHandler } from "../../../transports/connection.ts";
import type { CallTarget } from "../../loop/connection.ts";
import type { CallOptions } from "../../loop/types.ts";

export interface Bindings {
  /** The handler, with what passes through it remembered once it was answered. */
  watch(handler: ByteHandler): ByteHandler;
  /** Tells a provider that has yet to hear of anything. @throws ConnectError when it refuses */
  replay(provider: CallTarget, options: CallOptions): Promise<void>;
}

export function createBindings(): Bindings {
  const bound = new Map<string, BoundContract>();
  const keyOf = ({ name, address }: BoundContract) => JSON.stringify([name, address]);
  const remember: Readonly<Record<string, (message: Uint8Array) => void>> = {
    [`/${ContractReader.typeName}/${ContractReader.method.bind.name}`](message) {
      for (const contract of fromBinary(BindRequestSchema, message).bindings) bound.set(keyOf(contract), contract);
    },
    [`/${ContractReader.typeName}/${ContractReader.method.unbind.name}`](message) {
      for (const contract of fromBinary(UnbindRequestSchema, message).bindings) bound.delete(keyOf(contract));
    },
  };
  return {
    watch: (handler) => ({
      call(call) {
        const note = Object.hasOwn(remember, call.path) ? remember[call.path] : undefined;
        if (note === undefined) return handler.call(call);
        const sent: Uint8Array[] = [];
        const response = handler.call({ ...call, input: copying(call.input, sent) });
        // A call that failed has bound nothing.
        response.trailer.then(
          () => sent.forEach(note),
          () => {},
        );
        return response;
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
