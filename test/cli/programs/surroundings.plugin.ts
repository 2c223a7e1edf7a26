/** Tells what it finds around itself. What it imports must be with it wherever it is. */
import { Greeter } from "../../../proto/gen/examples/greeter_pb.ts";
import { definePlugin } from "../../../src/index.ts";
import words from "./words.json" with { type: "json" };

console.log("printed before there is a host to print for");

export default definePlugin({
  setup: ({ metrics }) => {
    const greetings = metrics.counter({ name: "greetings_total", help: "Greetings." });
    return {
      routes: (router) =>
        router.service(Greeter, {
          async greet() {
            greetings.inc();
            const { shout } = await import("./shout.ts");
            const environment = Object.keys(process.env).toSorted();
            return { text: JSON.stringify({ word: shout(words.hello), environment, directory: process.cwd() }) };
          },
        }),
    };
  },
});
