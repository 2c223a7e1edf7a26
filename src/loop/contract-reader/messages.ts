/** Converts the contract reader's messages to and from the wire. */
import type { MessageInitShape } from "@bufbuild/protobuf";
import type {
  BoundContract as BoundContractMessage,
  ContractBatch as ContractBatchMessage,
  ContractBatchResult as ContractBatchResultMessage,
  ContractBatchResultSchema,
  ContractBatchSchema,
  GetLatestValueRequest,
  GetLatestValueRequestSchema,
  Sequence as SequenceMessage,
} from "../../../proto/gen/loop/contract_reader_pb.ts";
import { versionedFromWire, versionedToWire } from "../codec/messages.ts";
import { headFromWire, headToWire } from "../head.ts";
import { required } from "../values.ts";
import { confidenceFromWire, confidenceToWire } from "./query.ts";
import type { BoundContract, ContractBatch, ContractBatchResult, LatestValueQuery, Sequence } from "./types.ts";

export function latestValueToWire(read: LatestValueQuery): MessageInitShape<typeof GetLatestValueRequestSchema> {
  const { readIdentifier, confidence, params, asValueType } = read;
  return { readIdentifier, confidence: confidenceToWire(confidence), params: versionedToWire(params), asValueType };
}

/** @throws TypeError when the params are absent; RangeError for an unknown confidence */
export function latestValueFromWire(message: GetLatestValueRequest): LatestValueQuery {
  const { readIdentifier, confidence, params, asValueType } = message;
  return {
    readIdentifier,
    confidence: confidenceFromWire(confidence),
    params: versionedFromWire(params, "params"),
    asValueType,
  };
}

/** @throws TypeError when it is absent */
export function contractFromWire(message: BoundContractMessage | undefined): BoundContract {
  const { address, name } = required(message, "contract");
  return { address, name };
}

export function batchToWire({ contract, reads }: ContractBatch): MessageInitShape<typeof ContractBatchSchema> {
  return {
    contract,
    reads: reads.map(({ readName, params, returnValue }) => ({
      readName,
      params: versionedToWire(params),
      returnVal: versionedToWire(returnValue),
    })),
  };
}

/** @throws TypeError when a part is absent */
export function batchFromWire(message: ContractBatchMessage): ContractBatch {
  return {
    contract: contractFromWire(message.contract),
    reads: message.reads.map(({ readName, params, returnVal }) => ({
      readName,
      params: versionedFromWire(params, "params"),
      returnValue: versionedFromWire(returnVal, "return_val"),
    })),
  };
}

export function batchResultToWire(batch: ContractBatchResult): MessageInitShape<typeof ContractBatchResultSchema> {
  return {
    contract: batch.contract,
    results: batch.results.map((result) =>
      result.error === undefined
        ? { readName: result.readName, returnVal: versionedToWire(result.value) }
        : // Go reads the value even when there is an error.
          { readName: result.readName, returnVal: {}, error: result.error },
    ),
  };
}

/** @throws TypeError when a part is absent */
export function batchResultFromWire(message: ContractBatchResultMessage): ContractBatchResult {
  return {
    contract: contractFromWire(message.contract),
    results: message.results.map(({ readName, returnVal, error }) =>
      error === "" ? { readName, value: versionedFromWire(returnVal, "return_val") } : { readName, error },
    ),
  };
}

export function sequenceToWire({ cursor, head, data, txHash }: Sequence) {
  return { sequenceCursor: cursor, head: headToWire(head), data: versionedToWire(data), txHash };
}

/** @throws TypeError when a part is absent */
export function sequenceFromWire(message: Omit<SequenceMessage, "$typeName">): Sequence {
  const { sequenceCursor, head, data, txHash } = message;
  return { cursor: sequenceCursor, head: headFromWire(head), data: versionedFromWire(data, "data"), txHash };
}
