/** A plugin whose memory grows without an end, in the shape that its config names, once it is called. */
import { Conformance } from "../../../proto/gen/loopp/v1/conformance_pb.ts";
import { definePlugin } from "../../../transports/plugin.ts";

const shapes: Readonly<Record<string, () => unknown>> = {
  "numbers in one array"() {
    const numbers: number[] = [];
    for (let count = 0; ; count++) numbers.push(count + 0.5);
  },
  "a Map"() {
    const map = new Map<number, number>();
    for (let count = 0; ; count++) map.set(count, count);
  },
  "many arrays"() {
    const arrays: number[][] = [];
    for (;;) arrays.push(new Array(10_000).fill(0.5));
  },
  async "a little at a time"() {
    const objects: object[] = [];
    for (;;) {
      for (let count = 0; count < 50_000; count++) objects.push({ count });
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
  },
};

export default definePlugin({
  setup({ config }) {
    const grow = () => void shapes[String(config)]?.();
    return {
      routes: (router) =>
        router.service(Conformance, {
          unary() {
            // The answer goes first.
            setTimeout(grow, 10);
            return {};
          },
        }),
    };
  },
});
