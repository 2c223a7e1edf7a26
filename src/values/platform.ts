/** The JavaScript runtimes, and which this is. */
export const runtimeNames = ["bun", "node", "deno"] as const;
export type RuntimeName = (typeof runtimeNames)[number];

export const runtimeName: RuntimeName =
  "bun" in process.versions ? "bun" : "deno" in process.versions ? "deno" : "node";

export const runtimeVersion: string = process.versions[runtimeName] ?? "unknown";
