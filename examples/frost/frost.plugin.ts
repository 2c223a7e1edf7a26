/** A product of your own: it reports when the temperature falls below a limit, and when it has risen again. */
import { z } from "zod";
import { defineReportingPlugin } from "../../src/loop/index.ts";

const reportSchema = z.object({ frost: z.boolean(), celsius: z.number() });
const observationSchema = z.object({ celsius: z.number(), reported: z.boolean().optional() });

const encode = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));
const decode = (bytes: Uint8Array): unknown => JSON.parse(new TextDecoder().decode(bytes));

export default defineReportingPlugin({
  name: "frost",
  limits: { maxQueryLength: 0, maxObservationLength: 100, maxReportLength: 100 },
  config: z.object({ frostBelow: z.number(), pipelines: z.tuple([z.object({ spec: z.string() })]) }),

  /** What the job's pipeline measures, and what was reported last as far as this oracle knows. */
  async observation({ config, pipelineRunner, keyValueStore, options }) {
    const results = await pipelineRunner.executeRun(config.pipelines[0].spec, {}, options);
    const [reading] = results.filter(({ isTerminal }) => isTerminal);
    const celsius = Number(reading?.value ?? Number.NaN);
    if (Number.isNaN(celsius)) {
      throw new Error(`Cannot measure the temperature: ${reading?.error ?? `"${reading?.value}" is not a number`}`);
    }
    const last = await keyValueStore.get("last report", options);
    const reported = last === undefined ? undefined : reportSchema.parse(decode(last)).frost;
    return encode({ celsius, reported });
  },

  /** The median temperature, unless most oracles know already on which side of the limit it is. */
  report({ config, oracle }, _query, observations) {
    const readings = observations.flatMap(({ observation }) => readObservation(observation));
    // Up to f of them may be made up: with this many, the median is not.
    if (readings.length <= 2 * oracle.f) return undefined;
    const celsius = readings.map((reading) => reading.celsius).toSorted((a, b) => a - b)[readings.length >> 1] ?? 0;
    const frost = celsius < config.frostBelow;
    const informed = readings.filter(({ reported }) => reported === frost);
    return informed.length * 2 > readings.length ? undefined : encode({ frost, celsius });
  },

  /** Kept by the host, so that the plugin's next instance knows it too. */
  async shouldAcceptFinalizedReport({ keyValueStore, log, options }, report) {
    await keyValueStore.store("last report", report, options);
    log.info("a report is on its way", { report: new TextDecoder().decode(report) });
    return true;
  },
});

/** Nothing, for what another oracle has made up. */
function readObservation(bytes: Uint8Array): z.infer<typeof observationSchema>[] {
  try {
    return [observationSchema.parse(decode(bytes))];
  } catch {
    return [];
  }
}
