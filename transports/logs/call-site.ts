/** Where in the code something is called. */

/** What a line of a log tells of it. */
export interface CallSite {
  /** Folder, file and line, such as `median/factory.ts:43`. */
  readonly caller?: string;
  /** The calls that led there, innermost first, a line each. */
  readonly stacktrace?: string;
}

const framesInTrace = 10;

/**
 * Of the caller of a function that is now under way. Costs microseconds. A function that ends with the call is no longer known
 * to Bun (JavaScriptCore's tail calls): there, it is the one before it.
 * @param called the function
 * @param traced whether the whole trace is wanted
 */
export function callSiteOf(called: (...args: never[]) => unknown, traced: boolean): CallSite {
  const holder: { stack?: string } = {};
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = traced ? framesInTrace : 1;
  Error.captureStackTrace(holder, called);
  Error.stackTraceLimit = limit;
  const [, ...frames] = (holder.stack ?? "").split("\n").map((line) => line.trim().replace(/^at /, ""));
  const caller = placeOf(frames[0] ?? "");
  if (caller === undefined) return {};
  return traced ? { caller, stacktrace: frames.join("\n") } : { caller };
}

/** What of it a foreign object has: anything else under these names is no call site. */
export function readCallSite({ caller, stacktrace }: Readonly<Record<string, unknown>>): CallSite {
  return {
    ...(typeof caller === "string" ? { caller } : {}),
    ...(typeof stacktrace === "string" ? { stacktrace } : {}),
  };
}

/** `name (path:line:column)`, or without a name. */
function placeOf(frame: string): string | undefined {
  const [, path, line] = /(?:^|\()([^()]+):(\d+):\d+\)?$/.exec(frame) ?? [];
  return path === undefined ? undefined : `${path.split(/[\\/]/).slice(-2).join("/")}:${line}`;
}
