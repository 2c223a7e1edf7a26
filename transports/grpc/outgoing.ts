/** The messages of one stream, as they leave: no faster than the peer and the wire take them. */
import { abandon } from "../calls/iterables.ts";
import type { Http2Stream } from "../http2/connection.ts";
import { takeTurn } from "../time/turn.ts";
import { prefixOf } from "./envelope.ts";

export class OutgoingMessages {
  readonly #iterator: AsyncIterator<Uint8Array>;
  #isStopped = false;
  #wake: (() => void) | undefined = undefined;

  /** @throws what a source throws that cannot even begin */
  constructor(source: AsyncIterable<Uint8Array>) {
    this.#iterator = source[Symbol.asyncIterator]();
  }

  /**
   * Writes message by message.
   * @param before is waited for before the first one
   * @returns false where it was stopped before the end
   * @throws what the source throws
   */
  async writeTo(stream: Http2Stream, before?: () => Promise<void>): Promise<boolean> {
    let first = before;
    for (;;) {
      const turn = takeTurn();
      if (turn !== undefined) await turn;
      if (this.#isStopped) return false;
      const { done, value } = await this.#iterator.next();
      if (this.#isStopped) return false;
      if (done) return true;
      if (first !== undefined) await first();
      first = undefined;
      if (stream.write(value, false, prefixOf(value))) continue;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  onWritable(): void {
    this.#wake?.();
    this.#wake = undefined;
  }

  /** There is no reader any more: the source is told, and not waited for. */
  stop(): void {
    if (this.#isStopped) return;
    this.#isStopped = true;
    abandon(this.#iterator);
    this.onWritable();
  }
}
