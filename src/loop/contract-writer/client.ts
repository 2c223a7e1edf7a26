/** Calls `loop.ContractWriter`. */
import { createClient } from "@connectrpc/connect";
import { ContractWriter as ContractWriterRpc } from "../../../proto/gen/loop/contract_writer_pb.ts";
import type { CallTarget } from "../connection.ts";
import { bigIntFromWire, requiredBigInt } from "../values.ts";
import { contractCallToWire, statusFromWire } from "./messages.ts";
import type { ContractWriter } from "./types.ts";

export function createContractWriterClient(target: CallTarget): Required<ContractWriter> {
  const client = createClient(ContractWriterRpc, target.transport);
  return {
    async submitTransaction({ transactionId, ...call }, options) {
      await client.submitTransaction({ ...contractCallToWire(call), transactionId }, options);
    },
    async transactionStatus(transactionId, options) {
      return statusFromWire((await client.getTransactionStatus({ transactionId }, options)).transactionStatus);
    },
    async feeComponents(options) {
      const { executionFee, dataAvailabilityFee } = await client.getFeeComponents({}, options);
      return { executionFee: bigIntFromWire(executionFee), dataAvailabilityFee: bigIntFromWire(dataAvailabilityFee) };
    },
    async estimateFee(call, options) {
      const { fee, decimals } = await client.getEstimateFee(contractCallToWire(call), options);
      return { fee: requiredBigInt(fee, "the estimated fee"), decimals };
    },
  };
}
