/** The settings of feeds: sections such as `[feeds.median]`, for all feeds of a product, and `[feeds."median.eth-usd"]`, for one. */
import { checkDuration, field, wrong } from "../../settings/fields.ts";
import { defaultOrigin, type Mistake, type Origin } from "../../settings/mistakes.ts";
import { table, tableOf, type ValueOf } from "../../settings/schema.ts";
import { parseDuration } from "../../values/duration.ts";
import { formatPath } from "../../values/path.ts";
import { namesFor } from "./plugins/names.ts";
import type { Reading } from "./reading.ts";

const dayMs = 86_400_000;

const freshnessLimit = field((value): number | false => {
  if (value === false) return false;
  if (typeof value !== "string") throw wrong('a duration such as "1h30m", or false', value);
  const ms = parseDuration(value);
  checkDuration(ms, 1, 365 * dayMs);
  return ms;
});

export const feedsSchema = tableOf(table({ freshnessLimit: freshnessLimit.optional() }));

export interface FeedSettings {
  /** Age of the last transmission from which the feed is stalled; `false`: none. Absent: derived from the contract's heartbeat. */
  readonly freshnessLimitMs?: number | false;
}

/** By the name of a section: a product's, or that of a feed's plugin. */
export type FeedsConfig = Readonly<Record<string, FeedSettings>>;

export function readFeeds(reading: Reading, sections: ValueOf<typeof feedsSchema> = {}): FeedsConfig {
  const { document, origins } = reading;
  const settings = Object.entries(sections).map(([name, { freshnessLimit: limit }]): [string, FeedSettings] => {
    origins.set(formatPath(["feeds", name]), document.originOf(["feeds", name]));
    origins.set(formatPath(["feeds", name, "freshnessLimitMs"]), document.originOf(["feeds", name, "freshnessLimit"]));
    return [name, limit === undefined ? {} : { freshnessLimitMs: limit }];
  });
  return Object.fromEntries(settings);
}

/**
 * A section for a name that none of the node's feeds has is a mistake.
 * @param running the names of the feeds' plugins
 * @param kinds names that feeds to come may have
 */
export function findUnusedFeeds(
  { feeds, origins }: { readonly feeds: FeedsConfig; readonly origins: ReadonlyMap<string, Origin> },
  running: readonly string[],
  kinds: readonly string[],
): Mistake[] {
  const used = new Set([...running.flatMap(namesFor), ...kinds]);
  const message = (name: string) =>
    `There is no feed "${name}": the node runs ${running.length === 0 ? "none" : running.toSorted().join(", ")}`;
  return Object.keys(feeds)
    .filter((name) => !used.has(name))
    .map((name) => {
      const origin = origins.get(formatPath(["feeds", name])) ?? defaultOrigin;
      return { origin, key: formatPath(["feeds", name]), message: message(name) };
    });
}

/** What a feed's own section says, and else that of its product. */
export function feedSettings(feeds: FeedsConfig, plugin: string): FeedSettings {
  return Object.assign(
    {},
    ...namesFor(plugin)
      .toReversed()
      .map((name) => feeds[name] ?? {}),
  );
}
