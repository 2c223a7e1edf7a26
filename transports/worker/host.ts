/**
 * The worker transport: a thread for each launch, or several (see threads.ts), each held by a Piscina pool of exactly one, which is given
 * up with the first exit.
 */
import { MessageChannel } from "node:worker_threads";
import { errorCode, errorText } from "../../src/values/error-text.ts";
import { runtimeName } from "../../src/values/platform.ts";
import { endedByItself } from "../calls/errors.ts";
import { ignore } from "../calls/iterables.ts";
import { checkDescriptors } from "../descriptors.ts";
import { launchOverLink } from "../link/launch.ts";
import { createRingChannel, createRings } from "../link/ring-channel.ts";
import { guestFiles } from "../loading/guest-files.ts";
import type { Launch, PluginExit, PluginInstance, PluginTransport } from "../transport.ts";
import type { WorkerTask } from "./guest.ts";
import { askToYield } from "./interruption.ts";
import { threadLimitMb, watchMemory } from "./memory-watch.ts";
import { type WorkerSpec, workerOptions } from "./options.ts";
import { launchThreads } from "./threads.ts";

export function createWorkerTransport(): PluginTransport<WorkerSpec> {
  return {
    kind: "worker",
    capabilities: {
      boundary: "thread",
      preemptible: true,
      memoryLimit: runtimeName !== "bun",
      crossLanguage: false,
      capturesConsole: true,
    },
    options: workerOptions,
    launch: (spec, launch) =>
      spec.threads === undefined || spec.threads === 1
        ? launchThread(spec, launch)
        : launchThreads(spec.threads, launch, (each) => launchThread(spec, each)),
  };
}

async function launchThread({ module, memoryLimitMb, threads }: WorkerSpec, launch: Launch): Promise<PluginInstance> {
  checkDescriptors();
  const [{ Piscina }, files] = await Promise.all([import("piscina"), guestFiles(launch.guestProgram)]);
  const { port1: port, port2: guestPort } = new MessageChannel();
  const pool = new Piscina({
    filename: files.workerEntry.href,
    minThreads: 1,
    maxThreads: 1,
    atomics: "disabled",
    // Its histograms are not used, and on Deno they cost 0.7 MB an instance until they are collected.
    recordTiming: false,
    idleTimeout: Number.POSITIVE_INFINITY,
    ...(memoryLimitMb === undefined
      ? {}
      : { resourceLimits: { maxOldGenerationSizeMb: threadLimitMb(memoryLimitMb) } }),
  });
  // A thread that ends by itself is this instance's end. Piscina would start another at once, only to be told to end it.
  pool.options.minThreads = 0;
  pool.on("error", ignore);
  const rings = createRings();
  const task: WorkerTask = { port: guestPort, rings, memoryLimitMb };
  const ran: Promise<string | undefined> = pool.run(task, { name: "runGuest", transferList: [guestPort] });
  const [thread] = pool.threads;
  const watch =
    memoryLimitMb === undefined || thread === undefined
      ? undefined
      : watchMemory(thread, memoryLimitMb, () => void pool.destroy().catch(ignore));
  const ended = ran
    .then(
      (found): Partial<PluginExit> =>
        found === undefined ? { reason: "clean" } : { reason: "out-of-memory", message: found },
      (error): Partial<PluginExit> =>
        watch?.finding === undefined ? exitOf(error) : { reason: "out-of-memory", message: watch.finding },
    )
    .finally(() => watch?.stop())
    // A host that was busy may be told of the thread's end before its last messages, which come in the same turn of the loop.
    .finally(() => new Promise((resolve) => setImmediate(resolve)));
  return launchOverLink(
    {
      channel: createRingChannel(port, "host", rings),
      module,
      ...(threads === undefined ? {} : { threads }),
      ended,
      async destroy() {
        if (runtimeName === "deno") await Promise.race([ended, askToYield(port)]);
        await pool.destroy();
      },
    },
    { ...launch, guestProgram: files.guestProgram },
  );
}

/** Piscina tells of a thread's end by the error of its task. */
function exitOf(error: unknown): Partial<PluginExit> {
  const message = errorText(error);
  if (errorCode(error) === "ERR_WORKER_OUT_OF_MEMORY") {
    return { reason: "out-of-memory", message };
  }
  const digits = /^worker exited with code: (\d+)$/.exec(message)?.[1];
  if (digits === undefined) return { reason: "crashed", message: message.split("\n", 1)[0] ?? message };
  const code = Number(digits);
  return { reason: endedByItself(code), code };
}
