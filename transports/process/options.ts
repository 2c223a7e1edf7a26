/** What a user says of a plugin that runs as a process. */

import { defined } from "../../src/values/defined.ts";
import { type RuntimeName, runtimeName, runtimeNames } from "../../src/values/platform.ts";
import { anyText, listOf, numberFrom, object, oneOf, recordOf, refusal, text } from "../options/schema.ts";
import type { StandardIssue, StandardResult, StandardSchemaV1 } from "../options/standard-schema.ts";
import { transportOptions } from "../options/transport-options.ts";
import type { TransportOptions } from "../transport.ts";
import { checksum } from "./checksum.ts";
import { defaultGrpcTerms, type GrpcTerms, type StackName, stackNames } from "./grpc.ts";

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
  /** What speaks gRPC, in the host and in a plugin module: the project's own, or connect-node's over `node:http2`. @default built-in */
  readonly stack?: StackName;
  /** Longest headers or trailers of a call, in bytes as HTTP/2 counts them. @default 49152 */
  readonly maxMetadataBytes?: number;
}

/** A program that is to be started. */
export interface ProcessSpec {
  /** The plugin module that it is to run, where it is one of ours. */
  readonly module: URL | undefined;
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Variables of the host, by name, as they are when the program is started. */
  readonly inheritEnv: readonly string[];
  readonly cwd?: string;
  readonly checksum?: string;
  /** Said to a plugin of any make; one of ours has them, too. */
  readonly grpc: Omit<GrpcTerms, "maxMessageBytes">;
}

const defaultInheritEnv = ["PATH", "HOME", "TMPDIR", "XDG_RUNTIME_DIR", "LANG", "TZ"];

const fields = {
  runtime: oneOf(...runtimeNames),
  command: text,
  args: listOf(text),
  env: recordOf(anyText),
  inheritEnv: listOf(text),
  cwd: text,
  memoryLimitMb: numberFrom(8),
  checksum,
  stack: oneOf(...stackNames),
  maxMetadataBytes: numberFrom(1024),
};

export const processOptions: StandardSchemaV1<TransportOptions, ProcessSpec> = transportOptions(
  object(fields, contradictions),
  (options, module): StandardResult<ProcessSpec> => {
    const { command, args = [], env = {}, inheritEnv = defaultInheritEnv, cwd, checksum } = options;
    const { stack, maxMetadataBytes } = options;
    const grpc = { ...defaultGrpcTerms, ...defined({ stack, maxMetadataBytes }) };
    const common = { env, inheritEnv, ...defined({ cwd, checksum }), grpc };
    if (command !== undefined) return { value: { module: undefined, command, args, ...common } };
    if (!(module instanceof URL)) return refusal("a process plugin needs the URL of a `module`, or a `command`");
    const { runtime = runtimeName, memoryLimitMb } = options;
    return {
      value: {
        module,
        command: runtime === runtimeName ? process.execPath : runtime,
        args: [...runtimeArgs(runtime, memoryLimitMb), ...args],
        ...common,
      },
    };
  },
);

/** Options that do not go with others. */
function contradictions(written: Readonly<Record<string, unknown>>): StandardIssue[] {
  const { command, checksum, memoryLimitMb, runtime = runtimeName } = written;
  if (command !== undefined) {
    return ["runtime", "memoryLimitMb"]
      .filter((option) => written[option] !== undefined)
      .map((option) => ({ message: "only for a module, and `command` is set", path: [option] }));
  }
  return [
    ...(checksum === undefined ? [] : [{ message: "only for a `command`", path: ["checksum"] }]),
    ...(memoryLimitMb === undefined || runtime !== "bun"
      ? []
      : [{ message: "Bun has no limit; choose the runtime node or deno", path: ["memoryLimitMb"] }]),
  ];
}

function runtimeArgs(runtime: RuntimeName, memoryLimitMb: number | undefined): string[] {
  const heap = memoryLimitMb === undefined ? undefined : `--max-old-space-size=${memoryLimitMb}`;
  switch (runtime) {
    case "node":
      return heap === undefined ? [] : [heap];
    case "deno":
      return ["run", "--allow-all", "--no-lock", ...(heap === undefined ? [] : [`--v8-flags=${heap}`])];
    case "bun":
      // It would read the `.env` of its folder, which is more of an environment than it was given.
      return ["--no-env-file"];
  }
}
