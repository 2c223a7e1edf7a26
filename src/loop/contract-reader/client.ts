/** Calls `loop.ContractReader`. */
import { createClient } from "@connectrpc/connect";
import { ContractReader as ContractReaderRpc } from "../../../proto/gen/loop/contract_reader_pb.ts";
import { versionedFromWire } from "../codec/messages.ts";
import type { CallTarget } from "../connection.ts";
import { headFromWire } from "../head.ts";
import { batchResultFromWire, batchToWire, latestValueToWire, sequenceFromWire } from "./messages.ts";
import { filterToWire, orderToWire } from "./query.ts";
import type { ContractReader } from "./types.ts";

/** If the other side has no contract reader, or lacks a method, the call is Unimplemented. */
export function createContractReaderClient(target: CallTarget): Required<ContractReader> {
  const client = createClient(ContractReaderRpc, target.transport);
  return {
    async getLatestValue(read, options) {
      const { retVal } = await client.getLatestValue(latestValueToWire(read), options);
      return versionedFromWire(retVal, "ret_val");
    },
    async getLatestValueWithHeadData(read, options) {
      const { retVal, headData } = await client.getLatestValueWithHeadData(latestValueToWire(read), options);
      const head = headData === undefined ? undefined : headFromWire(headData);
      return { value: versionedFromWire(retVal, "ret_val"), head };
    },
    async batchGetLatestValues(batches, options) {
      const { results } = await client.batchGetLatestValues({ requests: batches.map(batchToWire) }, options);
      return results.map(batchResultFromWire);
    },
    async queryKey(filter, order, options) {
      const request = { ...filterToWire(filter), limitAndSort: orderToWire(order) };
      return (await client.queryKey(request, options)).sequences.map(sequenceFromWire);
    },
    async queryKeys(filters, order, options) {
      const request = { filters: filters.map(filterToWire), limitAndSort: orderToWire(order) };
      const { sequences } = await client.queryKeys(request, options);
      return sequences.map((sequence) => ({ ...sequenceFromWire(sequence), key: sequence.key }));
    },
    async bind(contracts, options) {
      await client.bind({ bindings: [...contracts] }, options);
    },
    async unbind(contracts, options) {
      await client.unbind({ bindings: [...contracts] }, options);
    },
  };
}
