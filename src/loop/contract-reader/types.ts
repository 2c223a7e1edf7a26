/** Reads a chain's contracts by names from the relayer's config: values of their state, and events by a query. */
import type { VersionedBytes } from "../codec/types.ts";
import type { Head } from "../head.ts";
import type { CallOptions } from "../types.ts";

/**
 * Callers identify an error by its code and its text, as chainlink-common does: InvalidArgument with `invalid type`, `invalid
 * encoding`, `field not found` or `invalid configuration` in it, NotFound with `not found`, Internal with `finality violated`.
 * An implementation throws a ConnectError of that form.
 */
export interface ContractReader {
  getLatestValue(read: LatestValueQuery, options?: CallOptions): Promise<VersionedBytes>;
  /** Since November 2024. */
  getLatestValueWithHeadData?(
    read: LatestValueQuery,
    options?: CallOptions,
  ): Promise<{ value: VersionedBytes; head: Head | undefined }>;
  /** A read that fails does not fail the batch. */
  batchGetLatestValues?(
    batches: readonly ContractBatch[],
    options?: CallOptions,
  ): Promise<readonly ContractBatchResult[]>;
  queryKey?(filter: ContractKeyFilter, order: LimitAndSort, options?: CallOptions): Promise<readonly Sequence[]>;
  /** Since December 2024. */
  queryKeys?(
    filters: readonly ContractKeyFilter[],
    order: LimitAndSort,
    options?: CallOptions,
  ): Promise<readonly SequenceWithKey[]>;
  bind(contracts: readonly BoundContract[], options?: CallOptions): Promise<void>;
  unbind(contracts: readonly BoundContract[], options?: CallOptions): Promise<void>;
}

export type Confidence = "unconfirmed" | "safe" | "finalized";

export interface LatestValueQuery {
  /** `address-contractName-readName` of a bound contract. */
  readonly readIdentifier: string;
  readonly confidence: Confidence;
  readonly params: VersionedBytes;
  /** Whether the answer must be a `values.v1.Value`, version 3. */
  readonly asValueType: boolean;
}

export interface BoundContract {
  readonly address: string;
  readonly name: string;
}

export interface ContractBatch {
  readonly contract: BoundContract;
  readonly reads: readonly {
    readonly readName: string;
    readonly params: VersionedBytes;
    /** An example with the shape of the answer. */
    readonly returnValue: VersionedBytes;
  }[];
}

export interface ContractBatchResult {
  readonly contract: BoundContract;
  readonly results: readonly ({ readonly readName: string } & (
    | { readonly value: VersionedBytes; readonly error?: undefined }
    | { readonly error: string }
  ))[];
}

/** Selects events of a contract for which all expressions are true. */
export interface ContractKeyFilter {
  readonly contract: BoundContract;
  readonly key: string;
  readonly expressions: readonly Expression[];
  readonly asValueType: boolean;
}

export type ComparisonOperator = "eq" | "neq" | "gt" | "lt" | "gte" | "lte";

export type Expression = BooleanExpression | PrimitiveExpression;

export interface BooleanExpression {
  readonly kind: "and" | "or";
  readonly expressions: readonly Expression[];
}

export type PrimitiveExpression =
  | {
      readonly kind: "comparator";
      readonly name: string;
      readonly comparisons: readonly { readonly value: VersionedBytes; readonly operator: ComparisonOperator }[];
    }
  /** The height is a decimal string. */
  | { readonly kind: "block"; readonly height: string; readonly operator: ComparisonOperator }
  /** Seconds since 1970. */
  | { readonly kind: "timestamp"; readonly seconds: bigint; readonly operator: ComparisonOperator }
  | { readonly kind: "confidence"; readonly confidence: Confidence }
  | { readonly kind: "tx-hash"; readonly hash: string };

export interface LimitAndSort {
  readonly sortBy: readonly { readonly by: "timestamp" | "block" | "sequence"; readonly direction: "asc" | "desc" }[];
  /** Default: no limit. */
  readonly limit?: { readonly count: bigint; readonly cursor?: string; readonly direction?: "preceding" | "following" };
}

export interface Sequence {
  readonly cursor: string;
  readonly head: Head;
  readonly data: VersionedBytes;
  /** Empty when the other side is from before June 2025. */
  readonly txHash: Uint8Array;
}

export interface SequenceWithKey extends Sequence {
  readonly key: string;
}
