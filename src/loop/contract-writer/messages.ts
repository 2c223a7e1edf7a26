/** Converts the contract writer's messages to and from the wire. */
import type { GetEstimateFeeRequest } from "../../../proto/gen/loop/contract_writer_pb.ts";
import { TransactionStatus as TransactionStatusEnum } from "../../../proto/gen/loop/evm/evm_pb.ts";
import { versionedFromWire, versionedToWire } from "../codec/messages.ts";
import { bigIntFromWire, bigIntToWire } from "../values.ts";
import type { ContractCall, TransactionStatus } from "./types.ts";

const statuses = {
  unknown: TransactionStatusEnum.UNKNOWN,
  pending: TransactionStatusEnum.PENDING,
  unconfirmed: TransactionStatusEnum.UNCONFIRMED,
  finalized: TransactionStatusEnum.FINALIZED,
  failed: TransactionStatusEnum.FAILED,
  fatal: TransactionStatusEnum.FATAL,
} as const satisfies Readonly<Record<TransactionStatus, TransactionStatusEnum>>;

export function statusToWire(status: TransactionStatus): TransactionStatusEnum {
  return statuses[status];
}

/** An unknown number becomes the status `unknown`. */
export function statusFromWire(value: TransactionStatusEnum): TransactionStatus {
  for (const [name, status] of Object.entries(statuses)) if (status === value) return name as TransactionStatus;
  return "unknown";
}

export function contractCallToWire(call: ContractCall) {
  const { contractName, method, params, toAddress, meta, value } = call;
  return {
    contractName,
    method,
    params: versionedToWire(params),
    toAddress,
    ...(meta !== undefined && {
      meta: {
        ...(meta.workflowExecutionId === undefined ? {} : { workflowExecutionId: meta.workflowExecutionId }),
        ...(meta.gasLimit === undefined ? {} : { gasLimit: bigIntToWire(meta.gasLimit) }),
      },
    }),
    ...(value === undefined ? {} : { value: bigIntToWire(value) }),
  };
}

/** @throws TypeError when the params are absent */
export function contractCallFromWire(message: Omit<GetEstimateFeeRequest, "$typeName">): ContractCall {
  const { contractName, method, toAddress, meta } = message;
  const value = bigIntFromWire(message.value);
  const gasLimit = bigIntFromWire(meta?.gasLimit);
  return {
    contractName,
    method,
    params: versionedFromWire(message.params, "params"),
    toAddress,
    ...(meta !== undefined && {
      meta: {
        ...(meta.workflowExecutionId === "" ? {} : { workflowExecutionId: meta.workflowExecutionId }),
        ...(gasLimit === undefined ? {} : { gasLimit }),
      },
    }),
    ...(value === undefined ? {} : { value }),
  };
}
