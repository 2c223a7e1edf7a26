/**
 * Makes many unary calls with a deadline and one signal, counted as a node counts them, and prints in JSON what they cost the host beside
 * time. Its arguments are the plugin's transport, and its options there in JSON.
 */
import { createHook } from "node:async_hooks";
import { getEventListeners } from "node:events";
import { Greeter } from "../../../proto/gen/examples/greeter_pb.ts";
import { createRuntime } from "../../../src/index.ts";
import { createHostMetrics } from "../../../src/observability/host-metrics.ts";

const [transport = "", options = "{}"] = process.argv.slice(2);
const calls = 4096;
const inFlight = 64;
const leakMs = 400;

const runtime = await createRuntime({
  plugins: {
    subject: {
      module: new URL("../../../examples/greeter.plugin.ts", import.meta.url),
      transport,
      options: { [transport]: JSON.parse(options) },
      health: false,
    },
  },
  onCall: createHostMetrics().observeCall,
  onLog: () => {},
});
const client = runtime.client("subject", Greeter);
const { signal } = new AbortController();

async function call(until: (made: number) => boolean): Promise<number> {
  let made = 0;
  const keepCalling = async () => {
    while (!until(made)) {
      made++;
      await client.greet({ name: "x" }, { timeoutMs: 60_000, signal });
    }
  };
  await Promise.all(Array.from({ length: inFlight }, keepCalling));
  return made;
}

/** Two turns of the loop: what was given back at the next one is. */
async function turns(): Promise<void> {
  for (let turn = 0; turn < 2; turn++) await new Promise((resolve) => setImmediate(resolve));
}

const made = { timers: 0, listeners: 0, controllers: 0, headers: 0, promises: 0 };

function counting<C extends new (...args: never[]) => object>(type: C, name: keyof typeof made): C {
  return new Proxy(type, {
    construct(target, args, newTarget) {
      made[name]++;
      return Reflect.construct(target, args, newTarget);
    },
  });
}

function countAll(): () => void {
  const { setTimeout, AbortController, Headers } = globalThis;
  const { addEventListener } = EventTarget.prototype;
  globalThis.setTimeout = new Proxy(setTimeout, {
    apply(target, self, args) {
      made.timers++;
      return Reflect.apply(target, self, args);
    },
  });
  globalThis.AbortController = counting(AbortController, "controllers");
  globalThis.Headers = counting(Headers, "headers");
  EventTarget.prototype.addEventListener = function (this: EventTarget, ...args) {
    if (this instanceof AbortSignal) made.listeners++;
    return addEventListener.apply(this, args);
  };
  const hook = createHook({
    init(_, type) {
      if (type === "PROMISE") made.promises++;
    },
  });
  hook.enable();
  return () => {
    hook.disable();
    Object.assign(globalThis, { setTimeout, AbortController, Headers });
    EventTarget.prototype.addEventListener = addEventListener;
  };
}

function heap(): number {
  const { gc, Bun } = globalThis as { gc?: () => void; Bun?: { gc(force: boolean): void } };
  gc?.();
  Bun?.gc(true);
  return process.memoryUsage().heapUsed;
}

// What is made once is made before.
await call((done) => done >= 1000);
await turns();
const stop = countAll();
await call((done) => done >= calls);
stop();
const counted = { ...made };

await turns();
let grownBytes = Number.POSITIVE_INFINITY;
// A runtime takes a block of some megabytes at one time or another. What is not given back is taken every time.
for (let round = 0; round < 3 && grownBytes > 256 * 1024; round++) {
  const before = heap();
  const end = performance.now() + leakMs;
  await call(() => performance.now() >= end);
  await turns();
  grownBytes = Math.min(grownBytes, heap() - before);
}
console.log(
  JSON.stringify({ calls, ...counted, grownBytes, listenersLeft: getEventListeners(signal, "abort").length }),
);
await runtime.close();
process.exit(0);
