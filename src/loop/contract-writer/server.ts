/** Serves `loop.ContractWriter`. */
import { ContractWriter as ContractWriterRpc } from "../../../proto/gen/loop/contract_writer_pb.ts";
import type { Routes } from "../../../transports/connection.ts";
import { unary } from "../calls.ts";
import { offering } from "../unimplemented.ts";
import { bigIntToWire, uint32 } from "../values.ts";
import { contractCallFromWire, statusToWire } from "./messages.ts";
import type { ContractWriter } from "./types.ts";

export function contractWriterRoutes(writer: ContractWriter): Routes {
  return (router) => {
    router.service(ContractWriterRpc, {
      submitTransaction: unary(async ({ transactionId, ...call }, options) => {
        await writer.submitTransaction({ ...contractCallFromWire(call), transactionId }, options);
        return {};
      }),
      getTransactionStatus: unary(async ({ transactionId }, options) => ({
        transactionStatus: statusToWire(await writer.transactionStatus(transactionId, options)),
      })),
      getFeeComponents: unary(async (_, options) => {
        const { executionFee, dataAvailabilityFee } = await writer.feeComponents(options);
        return {
          ...(executionFee === undefined ? {} : { executionFee: bigIntToWire(executionFee) }),
          ...(dataAvailabilityFee === undefined ? {} : { dataAvailabilityFee: bigIntToWire(dataAvailabilityFee) }),
        };
      }),
      getEstimateFee: unary(async (call, options) => {
        const able = offering(writer, "estimateFee", "this contract writer has no GetEstimateFee");
        const { fee, decimals } = await able.estimateFee(contractCallFromWire(call), options);
        return { fee: bigIntToWire(fee), decimals: uint32(decimals, "Decimals") };
      }),
    });
  };
}
