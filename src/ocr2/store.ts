/** What an oracle keeps over its restarts. */
import type {
  AttributedOnchainSignature,
  ConfigDigest,
  ContractConfig,
  ReportContext,
  ReportTimestamp,
} from "../loop/types.ts";

/** The state of one oracle on one contract. What a write has resolved for is found again, whatever happens to the oracle then. */
export interface OracleStore {
  /** The config that was last in force. */
  config(): Promise<ContractConfig | undefined>;
  writeConfig(config: ContractConfig): Promise<void>;
  /** Where the protocol stood under a config. */
  state(configDigest: ConfigDigest): Promise<ProtocolState | undefined>;
  writeState(configDigest: ConfigDigest, state: ProtocolState): Promise<void>;
  /** Reports that were accepted under a config and wait for their turn to be transmitted, in any order. */
  pendingTransmissions(configDigest: ConfigDigest): Promise<readonly PendingTransmission[]>;
  /** Takes the place of one with the same config, epoch and round. */
  writePendingTransmission(transmission: PendingTransmission): Promise<void>;
  deletePendingTransmission(timestamp: ReportTimestamp): Promise<void>;
  /** Of all configs: whatever was due before a time, in milliseconds since 1970. */
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
