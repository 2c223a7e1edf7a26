/** Takes a product's data for its operator's monitoring. */
import type { CallOptions } from "../types.ts";

export interface Telemetry {
  /** @throws Error when one of the names is empty, as chainlink-common does */
  send(message: TelemetryMessage, options?: CallOptions): Promise<void>;
}

export interface TelemetryMessage {
  /** The chain's family, such as `evm`. */
  readonly network: string;
  readonly chainId: string;
  readonly contractId: string;
  /** The payload's type as the job names it, such as `ocr2-median`. */
  readonly telemetryType: string;
  readonly payload: Uint8Array;
}
