/** Where a product sends what its operator's monitoring wants to know. */
import type { CallOptions } from "../types.ts";

export interface Telemetry {
  /** @throws Error when one of the names is empty, as with chainlink-common */
  send(message: TelemetryMessage, options?: CallOptions): Promise<void>;
}

export interface TelemetryMessage {
  /** The chain's family, such as `evm`. */
  readonly network: string;
  readonly chainId: string;
  readonly contractId: string;
  /** What the payload is, such as `ocr2-median`; the job names it. */
  readonly telemetryType: string;
  readonly payload: Uint8Array;
}
