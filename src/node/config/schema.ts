/** The schema of the node's config file. */
import { chainFamilies } from "../../chains/index.ts";
import { duration, flag, nonEmptyString, url, whole } from "../../settings/fields.ts";
import { listOf, table, tableOf, type ValueOf } from "../../settings/schema.ts";
import { feedsSchema } from "./feeds.ts";
import { httpSchema } from "./http.ts";
import { logSchema } from "./log.ts";
import { loopSections } from "./loop/schema.ts";
import { ocr2Schema } from "./ocr2.ts";
import { createPluginSchema } from "./plugins/schema.ts";

const mib = 1024 * 1024;
const hourMs = 3_600_000;

const pipeline = table({
  maxRunDuration: duration(1, 24 * hourMs).optional(),
  requestTimeout: duration(1, hourMs).optional(),
  maxBodyBytes: whole(1, 64 * mib).optional(),
  allowLocalAddresses: flag().optional(),
});

/** @param transports the kinds of all transports, including the file's custom ones */
export function createFileSchema(transports: readonly string[]) {
  return table({
    http: httpSchema.optional(),
    log: logSchema.optional(),
    jobs: table({
      files: listOf(nonEmptyString("a path")).optional(),
      directory: nonEmptyString("a path").optional(),
    }).optional(),
    bridges: tableOf(url("http:", "https:")).optional(),
    pipeline: pipeline.optional(),
    feeds: feedsSchema.optional(),
    OCR2: ocr2Schema.optional(),
    ...loopSections,
    transports: tableOf(nonEmptyString("the path of a module")).optional(),
    plugins: tableOf(createPluginSchema(transports)).optional(),
    // `[[EVM]]` and its like.
    ...(Object.fromEntries(chainFamilies.map(({ table, schema }) => [table, listOf(schema).optional()])) as Record<
      never,
      never
    >),
  });
}

export type FileConfig = ValueOf<ReturnType<typeof createFileSchema>>;
