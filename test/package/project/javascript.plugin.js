/** A plugin in plain JavaScript. */
import { definePlugin } from "loopp";
import { Shout } from "./gen/shout_pb.js";

// biome-ignore lint/style/noDefaultExport: a plugin module has one.
export default definePlugin({
  setup: () => ({
    routes: (router) =>
      router.service(Shout, {
        // Whoever shouts nothing waits for an answer for ever.
        shout: ({ text }) => (text === "" ? new Promise(() => {}) : { text: `${text.toUpperCase()}!` }),
        async *echo({ text }) {
          for (const word of text.split(" ")) yield { text: word };
        },
      }),
  }),
});
