/** Calls that the tests make by hand, and what they send and expect. */
import type { ByteHandler, Call } from "../../../transports/connection.ts";

export const megabyte = 1024 * 1024;

/** A call of which only the bytes are known, to its last message. */
export async function rawCall(
  handler: ByteHandler,
  path: string,
  input: Uint8Array[],
  options: Partial<Call<Uint8Array>> = {},
): Promise<Uint8Array[]> {
  const outputs: Uint8Array[] = [];
  for await (const output of handler.call(byteCall(path, input, options)).output) outputs.push(output);
  return outputs;
}

export function byteCall(path: string, input: Uint8Array[], options: Partial<Call<Uint8Array>> = {}): Call<Uint8Array> {
  return { path, header: new Headers(), signal: AbortSignal.timeout(10_000), input: chunksOf(...input), ...options };
}

export async function* chunksOf<T>(...values: T[]): AsyncGenerator<T> {
  yield* values;
}

/** Yields once and then nothing more, for ever. */
export async function* endless<T>(value: T): AsyncGenerator<T> {
  yield value;
  await new Promise(() => {});
}
