/** The response of a call of which it is not yet known where it goes. */
import type { CallResponse } from "../connection.ts";
import { eager, ignore } from "./iterables.ts";

export function deferResponse<T>(response: Promise<CallResponse<T>>): CallResponse<T> {
  const header = response.then((arrived) => arrived.header);
  const trailer = response.then((arrived) => arrived.trailer);
  header.catch(ignore);
  trailer.catch(ignore);
  async function* output() {
    yield* (await response).output;
  }
  return { header, output: eager(output()), trailer };
}
