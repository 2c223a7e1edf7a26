/** What a user says of a plugin that runs as a process. */

import { type RuntimeName, runtimeName } from "../../src/values/platform.ts";
import { anyText, checkOptions, listOf, numberFrom, oneOf, recordOf, text } from "../options/check.ts";
import type { PluginSource } from "../transport.ts";
import { checksum } from "./checksum.ts";

export interface ProcessOptions {
  /** The runtime of a plugin module. @default the host's own */
  readonly runtime?: RuntimeName;
  /** Any go-plugin binary instead of a module: a file, or a name to look for in PATH. Never split into words. */
  readonly command?: string;
  readonly args?: readonly string[];
  /** Variables for the plugin, beside those that it is given by name through `inheritEnv`. */
  readonly env?: Readonly<Record<string, string>>;
  /**
   * Names of the host's variables that the plugin gets too. Nothing else of the host's environment reaches it.
   * @default PATH, HOME, TMPDIR, XDG_RUNTIME_DIR, LANG, TZ
   */
  readonly inheritEnv?: readonly string[];
  readonly cwd?: string;
  /** What the file of `command` must hash to: `sha256:` and 64 hexadecimal digits. @default not checked */
  readonly checksum?: string;
  /** Heap of a plugin module in MiB, on Node and Deno; more ends it with "out-of-memory". */
  readonly memoryLimitMb?: number;
}

export interface ProcessSpec {
  readonly module: URL | undefined;
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd?: string;
  readonly checksum?: string;
}

const defaultInheritEnv = ["PATH", "HOME", "TMPDIR", "XDG_RUNTIME_DIR", "LANG", "TZ"];

/** @throws TypeError */
export function parseOptions(source: PluginSource, options: unknown, path: string): ProcessSpec {
  const checked = checkOptions(options, path, {
    runtime: oneOf("bun", "node", "deno"),
    command: text,
    args: listOf(text),
    env: recordOf(anyText),
    inheritEnv: listOf(text),
    cwd: text,
    memoryLimitMb: numberFrom(8),
    checksum,
  });
  const inherited = (checked.inheritEnv ?? defaultInheritEnv).flatMap((name) => {
    const value = process.env[name];
    return value === undefined ? [] : [[name, value]];
  });
  const common = {
    env: { ...Object.fromEntries(inherited), ...checked.env },
    ...(checked.cwd === undefined ? {} : { cwd: checked.cwd }),
  };
  const args = checked.args ?? [];
  if (checked.command !== undefined) {
    for (const option of ["runtime", "memoryLimitMb"] as const) {
      if (checked[option] !== undefined)
        throw new TypeError(`${path}.${option}: only for a module, and \`command\` is set`);
    }
    const verified = checked.checksum === undefined ? {} : { checksum: checked.checksum };
    return { module: undefined, command: checked.command, args, ...common, ...verified };
  }
  if (checked.checksum !== undefined) throw new TypeError(`${path}.checksum: only for a \`command\``);
  if (!(source instanceof URL)) {
    throw new TypeError(`${path}: a process plugin needs the URL of a \`module\`, or a \`command\``);
  }
  const runtime = checked.runtime ?? runtimeName;
  return {
    module: source,
    command: runtime === runtimeName ? process.execPath : runtime,
    args: [...runtimeArgs(runtime, checked.memoryLimitMb, path), ...args],
    ...common,
  };
}

function runtimeArgs(runtime: RuntimeName, memoryLimitMb: number | undefined, path: string): string[] {
  const heap = memoryLimitMb === undefined ? undefined : `--max-old-space-size=${memoryLimitMb}`;
  switch (runtime) {
    case "node":
      return heap === undefined ? [] : [heap];
    case "deno":
      return ["run", "--allow-all", "--no-lock", ...(heap === undefined ? [] : [`--v8-flags=${heap}`])];
    case "bun":
      if (heap !== undefined)
        throw new TypeError(`${path}.memoryLimitMb: Bun has no limit; choose the runtime node or deno`);
      // It would read the `.env` of its folder, which is more of an environment than it was given.
      return ["--no-env-file"];
  }
}
