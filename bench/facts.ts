/** On what the figures were taken. */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { arch, cpus, loadavg, platform, release } from "node:os";
import { goProgram, pinnedVersion } from "../scripts/go-program.ts";
import { runtimeName, runtimeVersion } from "../src/values/platform.ts";
import { goModule } from "./contenders/go.ts";

export interface BenchFacts {
  readonly runtime: string;
  readonly runtimeVersion: string;
  readonly cpus: number;
  readonly cpuModel: string;
  readonly platform: string;
  /** Of the last minute: how much else the machine had to do. */
  readonly loadAverage: number;
  /** Versions of the libraries that take part, and of Go where there is one. */
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
  "moleculer",
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
    packages: { ...Object.fromEntries(measured.map((name) => [name, versionOf(name)])), ...goVersions() },
    time: new Date().toISOString(),
  };
}

/** Of the pair in Go. */
function goVersions(): Readonly<Record<string, string>> {
  if (goProgram === undefined) return {};
  const said = spawnSync(goProgram, ["env", "GOVERSION"], { encoding: "utf8", cwd: goModule }).stdout.trim();
  const pinned = ["github.com/hashicorp/go-plugin", "google.golang.org/grpc"].map((name) => [
    name.replace("google.golang.org/grpc", "grpc-go").replace("github.com/hashicorp/", ""),
    pinnedVersion(goModule, name).slice(1),
  ]);
  return { go: said.replace(/^go/, ""), ...Object.fromEntries(pinned) };
}

/** From the file, because packages need not export theirs. */
function versionOf(name: string): string {
  const file = new URL(`../node_modules/${name}/package.json`, import.meta.url);
  const { version }: { version: string } = JSON.parse(readFileSync(file, "utf8"));
  return version;
}
