/** Serves `loop.ContractReader`. */
import { ContractReader as ContractReaderRpc } from "../../../proto/gen/loop/contract_reader_pb.ts";
import type { Routes } from "../../../transports/connection.ts";
import { unary } from "../calls.ts";
import { versionedToWire } from "../codec/messages.ts";
import { headToWire } from "../head.ts";
import { offering } from "../unimplemented.ts";
import { batchFromWire, batchResultToWire, contractFromWire, latestValueFromWire, sequenceToWire } from "./messages.ts";
import { filterFromWire, orderFromWire } from "./query.ts";
import type { ContractReader } from "./types.ts";

export function contractReaderRoutes(reader: ContractReader): Routes {
  const having = <K extends keyof ContractReader>(method: K, name: string) =>
    offering(reader, method, `this contract reader has no ${name}`);
  return (router) => {
    router.service(ContractReaderRpc, {
      getLatestValue: unary(async (request, options) => ({
        retVal: versionedToWire(await reader.getLatestValue(latestValueFromWire(request), options)),
      })),
      getLatestValueWithHeadData: unary(async (request, options) => {
        const able = having("getLatestValueWithHeadData", "GetLatestValueWithHeadData");
        const { value, head } = await able.getLatestValueWithHeadData(latestValueFromWire(request), options);
        return { retVal: versionedToWire(value), ...(head === undefined ? {} : { headData: headToWire(head) }) };
      }),
      batchGetLatestValues: unary(async ({ requests }, options) => {
        const able = having("batchGetLatestValues", "BatchGetLatestValues");
        const results = await able.batchGetLatestValues(requests.map(batchFromWire), options);
        return { results: results.map(batchResultToWire) };
      }),
      queryKey: unary(async (request, options) => {
        const able = having("queryKey", "QueryKey");
        const order = orderFromWire(request.limitAndSort);
        return { sequences: (await able.queryKey(filterFromWire(request), order, options)).map(sequenceToWire) };
      }),
      queryKeys: unary(async ({ filters, limitAndSort }, options) => {
        const able = having("queryKeys", "QueryKeys");
        const found = await able.queryKeys(filters.map(filterFromWire), orderFromWire(limitAndSort), options);
        return { sequences: found.map((sequence) => ({ ...sequenceToWire(sequence), key: sequence.key })) };
      }),
      bind: unary(async ({ bindings }, options) => {
        await reader.bind(bindings.map(contractFromWire), options);
        return {};
      }),
      unbind: unary(async ({ bindings }, options) => {
        await reader.unbind(bindings.map(contractFromWire), options);
        return {};
      }),
    });
  };
}
