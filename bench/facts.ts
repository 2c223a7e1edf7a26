/** On what the figures were taken. */
import { readFileSync } from "node:fs";
import { arch, cpus, loadavg, platform, release } from "node:os";
import { runtimeName, runtimeVersion } from "../src/values/platform.ts";

export interface BenchFacts {
  readonly runtime: string;
  readonly runtimeVersion: string;
  readonly cpus: number;
  readonly cpuModel: string;
  readonly platform: string;
  /** Of the last minute: how much else the machine had to do. */
  readonly loadAverage: number;
  /** Versions of the libraries that take part. */
  readonly packages: Readonly<Record<string, string>>;
  /** Time of the run, in ISO 8601. */
  readonly time: string;
}

const measured = [
  "@bufbuild/protobuf",
  "@connectrpc/connect",
  "@connectrpc/connect-node",
  "@grpc/grpc-js",
  "comlink",
  "piscina",
];

/** Reads them now: the load average is that of before the run. */
export function collectFacts(): BenchFacts {
  const cores = cpus();
  return {
    runtime: runtimeName,
    runtimeVersion,
    cpus: cores.length,
    cpuModel: cores[0]?.model.trim() ?? "an unknown processor",
    platform: `${platform()} ${release()} ${arch()}`,
    loadAverage: loadavg()[0] ?? 0,
    packages: Object.fromEntries(measured.map((name) => [name, versionOf(name)])),
    time: new Date().toISOString(),
  };
}

/** From the file, because packages need not export theirs. */
function versionOf(name: string): string {
  const file = new URL(`../node_modules/${name}/package.json`, import.meta.url);
  const { version }: { version: string } = JSON.parse(readFileSync(file, "utf8"));
  return version;
}
