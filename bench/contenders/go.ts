/** go-plugin in Go: a pair of its own, and each half of it with a half of loopp's. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { execPath } from "node:process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { buildGo } from "../../scripts/go-program.ts";
import { settleWithin } from "../../transports/time/settle.ts";
import type { Contender, RunningContender } from "../contender.ts";
import type { Load, Sample } from "../loads.ts";
import { startInRuntime } from "./plugin.ts";
import { runtimeArgs } from "./server.ts";

/** The Go program that is host and plugin; built when first asked for. */
export const benchGo = () => buildGo({ name: "bench-go", module: goModule, main: "." });

export const goModule = fileURLToPath(new URL("../peers/go", import.meta.url));
/** The echo as an executable program of this runtime. */
export const ownProgram: readonly string[] = [
  execPath,
  ...runtimeArgs,
  fileURLToPath(new URL("../peers/loopp-plugin.ts", import.meta.url)),
];
const stopTimeoutMs = 3000;

export const goPair: Contender = {
  name: "go-pair",
  about:
    "a Go host with a Go plugin: go-plugin over a unix socket, each call with a deadline of its own and one context for all",
  role: "peer",
  prepare: benchGo,
  start: async () => startGoHost([await benchGo()]),
};

export const goHost: Contender = {
  name: "go-host",
  about: "the same Go host with loopp's plugin, served by the runtime that runs the bench",
  role: "mixed",
  against: ["go-pair"],
  prepare: benchGo,
  start: () => startGoHost(ownProgram),
};

export const goPlugin: Contender = {
  name: "go-plugin",
  about: "loopp's process transport with the same Go plugin; with the call profile",
  role: "mixed",
  against: ["go-pair"],
  prepare: benchGo,
  start: async () => startInRuntime({ transport: "process", options: { process: { command: await benchGo() } } }),
};

/** The calls are made in Go, by what bench/peers/go/load.go says. `startMs`: from its start of the plugin to its first answer. */
export async function startGoHost(
  command: readonly string[],
): Promise<RunningContender & { readonly startMs: number }> {
  const child = spawn(await benchGo(), ["host", ...command], { stdio: ["pipe", "pipe", "inherit"] });
  const exited = once(child, "exit");
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const answer = async (): Promise<Readonly<Record<string, unknown>>> => {
    const { value, done } = await lines.next();
    if (done === true) throw new Error("The Go host ended before it answered");
    const answered = JSON.parse(value);
    if (answered.error !== undefined) throw new Error(answered.error);
    return answered;
  };
  const stop = async () => {
    child.stdin.end();
    if (!(await settleWithin(exited, stopTimeoutMs)).settled) child.kill("SIGKILL");
    await exited;
  };
  const ask = async ({ bytes, inFlight, messages }: Omit<Load, "name" | "title" | "figures">, windowMs: number) => {
    child.stdin.write(`${JSON.stringify({ bytes, inFlight, messages, windowMs: Math.round(windowMs) })}\n`);
    const { done, elapsedMs, latenciesUs } = await answer();
    const sorted = Float64Array.from((latenciesUs as number[] | null) ?? []).sort();
    return { done: Number(done), elapsedMs: Number(elapsedMs), latenciesUs: sorted } satisfies Sample;
  };
  try {
    const { pid, startMs } = await answer();
    return {
      startMs: Number(startMs),
      measure: ask,
      // One call, to see that there is an answer; the Go host checks that it is the echo.
      async call(data) {
        await ask({ bytes: data.length, inFlight: 1 }, 1);
        return { data };
      },
      pids: [child.pid ?? 0, Number(pid)],
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}
