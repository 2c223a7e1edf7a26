/** What a job's plugin is called: its job's name in the few characters that a plugin's name may have. */
import { createHash } from "node:crypto";
import type { Job } from "./types.ts";

const maxLength = 64;
/** Hex digits of the hash: two jobs of one node have the same by a chance of one in billions. */
const hashLength = 8;

/**
 * "WIDGET / USD local" becomes "widget-usd-local". Where more is lost than case and punctuation, in a name of other alphabets or a long one, a
 * hash of the whole name follows.
 */
export function shortName(name: string): string {
  const short = slug(name);
  return short.length > maxLength || /[^\0-\x7f]/.test(name) || short === "" ? withHash(short, name) : short;
}

/** Jobs whose different names would give the same plugin name each get a hash of their own name behind it. */
export function distinct<J extends Job>(jobs: readonly J[]): J[] {
  const sharing = Map.groupBy(jobs, ({ plugin }) => plugin);
  return jobs.map((job) => {
    if (sharing.get(job.plugin)?.length === 1) return job;
    const [kind = "", ...short] = job.plugin.split(".");
    return { ...job, plugin: `${kind}.${withHash(short.join("."), job.name)}` };
  });
}

function withHash(short: string, name: string): string {
  const hash = createHash("sha256").update(name).digest("hex").slice(0, hashLength);
  const start = short.slice(0, maxLength - hashLength - 1).replace(/[-.]+$/, "");
  return start === "" ? hash : `${start}-${hash}`;
}

function slug(name: string): string {
  return name
    .toLowerCase()
    .replace(/[^a-z0-9._-]+/g, "-")
    .replace(/^[-.]+|[-.]+$/g, "");
}
