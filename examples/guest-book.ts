/** The host of the polite greeter: it keeps a guest book, which the plugin dials through the broker. */
import { Greeter, GuestBook } from "../proto/gen/examples/greeter_pb.ts";
import { createRuntime } from "../src/index.ts";
import { politeHandshake } from "./polite-greeter.plugin.ts";

const guests: string[] = [];
await using runtime = await createRuntime({
  plugins: {
    greeter: {
      module: new URL("./polite-greeter.plugin.ts", import.meta.url),
      transport: "process",
      handshake: politeHandshake,
      config: { greeting: "welcome", shout: true },
    },
  },
  onLog: ({ plugin, level, message }) => console.log(`${plugin} ${level}: ${message}`),
});
const plugin = runtime.plugin("greeter");

// A broker belongs to an instance, and so does what is served on it: it is made in each instance, on first use.
await using book = plugin.resource({
  create: ({ broker }) =>
    broker.serve((router) => router.service(GuestBook, { sign: ({ name }) => ({ guests: guests.push(name) }) })),
  dispose: (server) => server[Symbol.asyncDispose](),
});
for (const name of ["ada", "grace"]) {
  const { id } = await book.get({ timeoutMs: 5000 });
  const { text } = await plugin.client(Greeter).greet({ name, guestBook: id }, { timeoutMs: 5000 });
  console.log(text);
  await plugin.switchTo("worker");
}
