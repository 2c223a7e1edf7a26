/** What is measured: something that answers an echo, however a call gets there. */

export interface Contender {
  /** Names it in tables and for `--only`. */
  readonly name: string;
  /** One sentence: what it is, and where it does less than the call profile asks. */
  readonly about: string;
  /** Names of those that a user would pick instead; ratios are taken to them. */
  readonly peers?: readonly string[];
  /** Gets everything ready for calls. A rejection says why it does not run here. */
  start(): Promise<RunningContender>;
}

export interface RunningContender {
  /** Sends `payload` and resolves with what came back. */
  call(payload: Uint8Array): Promise<Echoed>;
  /** Asks for `count` messages, each with `payload`. Left out by those that have no streams. */
  stream?(count: number, payload: Uint8Array): AsyncIterable<Echoed>;
  stop(): Promise<void>;
}

export interface Echoed {
  readonly data: Uint8Array;
}

/** The deadline of every call, in milliseconds: the call profile asks that there is one. Long enough never to pass. */
export const callTimeoutMs = 30_000;
