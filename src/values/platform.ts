/** Which JavaScript runtime this is. */
export type RuntimeName = "bun" | "node" | "deno";

export const runtimeName: RuntimeName =
  "bun" in process.versions ? "bun" : "deno" in process.versions ? "deno" : "node";

export const runtimeVersion: string = process.versions[runtimeName] ?? "unknown";
