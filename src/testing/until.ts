/** How tests wait: for what must come true, never for a time, and never for ever. */
import { settleWithin } from "../../transports/time/settle.ts";
import { sleep } from "../../transports/time/sleep.ts";
import { errorText } from "../values/error-text.ts";

export interface UntilOptions {
  /** @default 50000, so that a test of a minute ends with these words */
  readonly withinMs?: number;
  /** How long to wait between two looks, in milliseconds. @default 10 */
  readonly everyMs?: number;
}

type NotYet = false | undefined;

/**
 * Looks again and again until there is something to see, and resolves to it. A look that throws, or does not answer, has seen nothing.
 * @param what the condition in words: "the plugin is ready"
 * @throws Error with these words when the time is over; its cause is what the last look threw
 */
export async function until<T>(
  what: string,
  look: () => NotYet | T | Promise<NotYet | T>,
  { withinMs = 50_000, everyMs = 10 }: UntilOptions = {},
): Promise<T> {
  const lookOnce = async () => look();
  const end = performance.now() + withinMs;
  let cause: unknown;
  do {
    const seen = await settleWithin(lookOnce(), end - performance.now());
    if ("value" in seen && seen.value !== false && seen.value !== undefined) return seen.value;
    cause = seen.error;
    await sleep(everyMs);
  } while (performance.now() < end);
  const last = cause === undefined ? "" : `; the last look failed: ${errorText(cause)}`;
  throw new Error(`It has not come true within ${withinMs} ms that ${what}${last}`, { cause });
}
