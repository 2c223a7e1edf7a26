/** What is measured: something that answers an echo, however a call gets there. */
import type { Load, Sample } from "./loads.ts";
import type { Role } from "./results.ts";

export interface Contender {
  /** Names it in tables and for `--only`. */
  readonly name: string;
  /** One sentence: what it is, and where it does less than the call profile asks. */
  readonly about: string;
  readonly role: Role;
  /** Which it is compared with. @default for loopp's own, all peers and bounds; for others, none */
  readonly against?: readonly string[];
  /** What may take minutes the first time, such as building a program. A rejection says why it does not run here. */
  prepare?(): Promise<unknown>;
  /** How long its start may take, in milliseconds. @default 20000 */
  readonly startWithinMs?: number;
  /** Gets everything ready for calls. A rejection says why it does not run here. */
  start(): Promise<RunningContender>;
}

export interface RunningContender {
  /** Sends `payload` and resolves with what came back. */
  call(payload: Uint8Array): Promise<Echoed>;
  /** Asks for `count` messages, each with `payload`. Left out by those that have no streams. */
  stream?(count: number, payload: Uint8Array): AsyncIterable<Echoed>;
  /** Does the calling in another program, for about `windowMs`; the bench then calls neither of the above. */
  measure?(load: Load, windowMs: number): Promise<Sample>;
  /** Of the other processes that take part: their processor time counts, too. */
  readonly pids?: readonly number[];
  stop(): Promise<void>;
}

export interface Echoed {
  readonly data: Uint8Array;
}

/** The deadline of every call, in milliseconds: the call profile asks that there is one. Long enough never to pass. */
export const callTimeoutMs = 30_000;
