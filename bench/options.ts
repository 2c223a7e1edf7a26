/** The bench's command line. */
import { parseArgs } from "node:util";
import { contests } from "./contenders/index.ts";
import { loads } from "./loads.ts";
import { growth } from "./parts/growth.ts";
import { memory } from "./parts/memory.ts";
import { node } from "./parts/node.ts";
import type { Part, PartOptions } from "./parts/part.ts";
import { start } from "./parts/start.ts";
import { transports } from "./parts/transports.ts";

export const parts: readonly Part[] = [transports, growth, start, memory, node];

export interface BenchOptions extends Omit<PartOptions, "onProgress"> {
  readonly parts: readonly Part[];
  /** Where the results are written. */
  readonly json: string | undefined;
  /** On all runtimes. */
  readonly isAll: boolean;
  /** Whether docs/performance.md is made of the results. */
  readonly isWritten: boolean;
}

/** @throws TypeError, RangeError for what cannot be asked for */
export function readOptions(args: readonly string[]): BenchOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      ...Object.fromEntries(parts.map(({ name }) => [name, { type: "boolean" } as const])),
      quick: { type: "boolean", default: false },
      all: { type: "boolean", default: false },
      write: { type: "boolean", default: false },
      rounds: { type: "string" },
      "window-ms": { type: "string" },
      only: { type: "string", multiple: true, default: [] },
      load: { type: "string", multiple: true, default: [] },
      json: { type: "string" },
    },
  });
  const asked = parts.filter(({ name }) => (values as Readonly<Record<string, unknown>>)[name] === true);
  if (values.write && (!values.all || asked.length > 0)) {
    throw new RangeError("--write: the page has every part on every runtime, so it takes --all, and no name of a part");
  }
  const isTransports = asked.length === 0 || asked.includes(transports);
  const known = contests.flatMap(({ contenders }) => contenders);
  return {
    parts: asked.length > 0 ? asked : values.all ? parts : [transports],
    isAll: values.all,
    isWritten: values.write,
    rounds: wholeNumber("--rounds", values.rounds ?? (values.quick ? "1" : "3")),
    windowMs: wholeNumber("--window-ms", values["window-ms"] ?? (values.quick ? "100" : values.all ? "120" : "250")),
    only: isTransports ? pick("--only", known, values.only).map(({ name }) => name) : list(values.only),
    loads: pick("--load", loads, values.load),
    json: values.json,
  };
}

function wholeNumber(option: string, text: string): number {
  if (!/^[1-9]\d{0,6}$/.test(text)) throw new RangeError(`${option}: expected a whole number from 1, got "${text}"`);
  return Number(text);
}

/** Those with the names, or all. */
function pick<T extends { readonly name: string }>(option: string, all: readonly T[], given: readonly string[]) {
  const names = list(given);
  const unknown = names.find((name) => !all.some((one) => one.name === name));
  if (unknown !== undefined) {
    const known = all.map(({ name }) => name).join(", ");
    throw new RangeError(`${option}: nothing is called "${unknown}"; there are ${known}`);
  }
  return names.length === 0 ? all : all.filter(({ name }) => names.includes(name));
}

/** An option can be given often, or once with commas. */
function list(given: readonly string[]): string[] {
  return given.flatMap((text) => text.split(","));
}
