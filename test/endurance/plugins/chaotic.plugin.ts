/** The transport suite's plugin, which also does what a plugin should not. Its config says what. */
import { spawn } from "node:child_process";
import { writeSync } from "node:fs";
import { Conformance } from "../../../proto/gen/loopp/v1/conformance_pb.ts";
import { conformanceRoutes } from "../../../src/testing/conformance/conformance.plugin.ts";
import { definePlugin } from "../../../transports/plugin.ts";

export interface Chaos {
  readonly how:
    | "nothing"
    | "floods"
    | "hoards"
    | "blocks"
    | "leaves a grandchild"
    | "ignores the end"
    | "does not read";
  /** For a process that is the grandchild: how it is found again. */
  readonly marker?: string;
  readonly blockMs?: number;
}

const hoard: unknown[] = [];
const never = new Promise<never>(() => {});

export default definePlugin<Chaos>({
  setup({ broker, log, config }) {
    let called = false;
    // Not before it is there and in use, however slow the machine.
    const onCall = () => {
      if (!called) setTimeout(() => act(config), 200);
      called = true;
    };
    const routes = conformanceRoutes({ broker, log, onCall });
    return {
      routes(router) {
        if (config.how !== "does not read") return routes(router);
        router.service(Conformance, {
          unary: ({ data }) => ({ data }),
          clientStream: () => never,
          // biome-ignore lint/correctness/useYield: it says nothing, either.
          async *bidiStream() {
            await never;
          },
        });
      },
      ...(config.how === "ignores the end" ? { dispose: () => never } : {}),
    };
  },
});

function act({ how, marker = "1000", blockMs = 1000 }: Chaos): void {
  switch (how) {
    case "floods": {
      const line = `${"flood ".repeat(20)}\n`;
      const chunk = line.repeat(100);
      const flood = () => {
        for (let count = 0; count < 100; count++) console.log(line);
        for (let count = 0; count < 5; count++) process.stdout.write(chunk);
        for (let count = 0; count < 5; count++) process.stderr.write(chunk);
        setImmediate(flood);
      };
      return flood();
    }
    case "hoards":
      setInterval(() => hoard.push(Array.from({ length: 500_000 }, (_, index) => ({ index }))), 5);
      return;
    case "blocks": {
      const end = performance.now() + blockMs;
      while (performance.now() < end);
      setTimeout(() => act({ how, blockMs }), 200);
      return;
    }
    case "leaves a grandchild":
      spawn("sleep", [marker], { stdio: "inherit" });
      writeSync(2, "left a grandchild\n");
  }
}
