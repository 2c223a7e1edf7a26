/** State that an oracle keeps when it is restarted. */
import type {
  AttributedOnchainSignature,
  ConfigDigest,
  ContractConfig,
  ReportContext,
  ReportTimestamp,
} from "../loop/types.ts";

/** The state of one oracle on one contract. When a write has resolved, its value survives any end of the oracle. */
export interface OracleStore {
  /** The config that was last in force. */
  config(): Promise<ContractConfig | undefined>;
  writeConfig(config: ContractConfig): Promise<void>;
  /** The protocol's state under a config. */
  state(configDigest: ConfigDigest): Promise<ProtocolState | undefined>;
  writeState(configDigest: ConfigDigest, state: ProtocolState): Promise<void>;
  /** Reports that were accepted under a config and wait until they are due, in any order. */
  pendingTransmissions(configDigest: ConfigDigest): Promise<readonly PendingTransmission[]>;
  /** Replaces one with the same config, epoch and round. */
  writePendingTransmission(transmission: PendingTransmission): Promise<void>;
  deletePendingTransmission(timestamp: ReportTimestamp): Promise<void>;
  /** Under any config: deletes those that were due before a time, in milliseconds since 1970. */
  deletePendingTransmissionsBefore(time: number): Promise<void>;
}

export interface ProtocolState {
  /** The highest epoch that this oracle has taken part in. */
  readonly epoch: number;
}

export interface PendingTransmission {
  readonly context: ReportContext;
  readonly report: Uint8Array;
  readonly signatures: readonly AttributedOnchainSignature[];
  /** When it is due, in milliseconds since 1970. */
  readonly dueAt: number;
}
