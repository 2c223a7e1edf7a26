/** Writes to a chain's contracts by names from the relayer's config. */
import type { VersionedBytes } from "../codec/types.ts";
import type { CallOptions } from "../types.ts";

export interface ContractWriter {
  submitTransaction(transaction: ContractTransaction, options?: CallOptions): Promise<void>;
  transactionStatus(transactionId: string, options?: CallOptions): Promise<TransactionStatus>;
  feeComponents(options?: CallOptions): Promise<FeeComponents>;
  /** @throws ConnectError Unimplemented when the chain has no fee estimates */
  estimateFee?(call: ContractCall, options?: CallOptions): Promise<{ fee: bigint; decimals: number }>;
}

export interface ContractCall {
  readonly contractName: string;
  readonly method: string;
  readonly params: VersionedBytes;
  readonly toAddress: string;
  readonly meta?: TransactionMeta;
  /** In the chain's smallest unit. */
  readonly value?: bigint;
}

export interface ContractTransaction extends ContractCall {
  /** Identifies the transaction in {@link ContractWriter.transactionStatus}; the same id is sent only once. */
  readonly transactionId: string;
}

export interface TransactionMeta {
  readonly workflowExecutionId?: string;
  readonly gasLimit?: bigint;
}

export type TransactionStatus = "unknown" | "pending" | "unconfirmed" | "finalized" | "failed" | "fatal";

/** In the chain's smallest unit; `undefined` when the chain has no such fee. */
export interface FeeComponents {
  readonly executionFee: bigint | undefined;
  readonly dataAvailabilityFee: bigint | undefined;
}
