/** A program of yours with a plugin in it: it greets everybody, and asks again where the plugin went down under a call. */
import { Code, ConnectError } from "@connectrpc/connect";
import { Greeter } from "../../proto/gen/examples/greeter_pb.ts";
import type { Runtime } from "../../src/index.ts";

export async function greetAll(runtime: Runtime, names: readonly string[]): Promise<string[]> {
  const greeter = runtime.client("greeter", Greeter);
  const texts: string[] = [];
  for (const name of names) {
    const { text } = await greeter.greet({ name }).catch((error: unknown) => {
      // The next call waits for the next instance.
      if (error instanceof ConnectError && error.code === Code.Unavailable) return greeter.greet({ name });
      throw error;
    });
    texts.push(text);
  }
  return texts;
}
