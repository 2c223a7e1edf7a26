/** Calls that the tests make by hand, and what they send and expect. */
import { noMetadata } from "../../../transports/calls/metadata.ts";
import type { Carrier, StreamCall } from "../../../transports/connection.ts";

export const megabyte = 1024 * 1024;

/** A call of which only the bytes are known, to its last message. */
export async function rawCall(
  carrier: Carrier<Uint8Array>,
  path: string,
  input: Uint8Array[],
  options: { readonly timeoutMs?: number } = {},
): Promise<Uint8Array[]> {
  const outputs: Uint8Array[] = [];
  const { timeoutMs } = options;
  const deadline = timeoutMs === undefined ? undefined : performance.now() + timeoutMs;
  for await (const output of carrier.stream(byteCall(path, input, { deadline })).output) outputs.push(output);
  return outputs;
}

export function byteCall(
  path: string,
  input: Uint8Array[],
  options: Partial<StreamCall<Uint8Array>> = {},
): StreamCall<Uint8Array> {
  return { path, metadata: noMetadata, signal: AbortSignal.timeout(10_000), input: chunksOf(...input), ...options };
}

export async function* chunksOf<T>(...values: T[]): AsyncGenerator<T> {
  yield* values;
}

/** Yields once and then nothing more, for ever. */
export async function* endless<T>(value: T): AsyncGenerator<T> {
  yield value;
  await new Promise(() => {});
}
