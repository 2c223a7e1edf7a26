/** A product of its own for the simulated aggregator: it brings what its job's pipeline says, and counts its rounds over all its lives. */
import { z } from "zod";
import { createMedianProviderClient, defineReportingPlugin } from "../../../src/loop/index.ts";

const encode = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));
const decode = (bytes: Uint8Array): unknown => JSON.parse(new TextDecoder().decode(bytes));
const observationSchema = z.object({ value: z.string(), rounds: z.number() });

export default defineReportingPlugin({
  name: "draw",
  limits: { maxQueryLength: 0, maxObservationLength: 1000, maxReportLength: 1000 },
  config: z.looseObject({ factor: z.number(), pipelines: z.tuple([z.looseObject({ spec: z.string() })]) }),

  async observation({ config, pipelineRunner, keyValueStore, telemetry, options }) {
    const results = await pipelineRunner.executeRun(config.pipelines[0].spec, { factor: config.factor }, options);
    const [end] = results.filter(({ isTerminal }) => isTerminal);
    if (end === undefined || end.error !== undefined) throw new Error(`no result: ${end?.error}`);
    const before = await keyValueStore.get("rounds", options);
    const rounds = 1 + (before === undefined ? 0 : z.number().parse(decode(before)));
    await keyValueStore.store("rounds", encode(rounds), options);
    const payload = encode({ rounds });
    await telemetry.send({ network: "n", chainId: "c", contractId: "d", telemetryType: "draw", payload }, options);
    return encode({ value: String(end.value), rounds });
  },

  async report({ connection, log, timestamp, options }, _query, observations) {
    const [first] = observations;
    if (first === undefined) return undefined;
    const { value, rounds } = observationSchema.parse(decode(first.observation));
    log.info("a draw", { rounds, secret: process.env.DRAW_SECRET, word: process.env.DRAW_WORD });
    return createMedianProviderClient(connection).reportCodec.buildReport(
      [
        {
          timestamp: Math.floor(Date.now() / 1000),
          value: BigInt(value) + BigInt(timestamp.round) * 0n,
          juelsPerFeeCoin: 1n,
          gasPriceSubunits: 0n,
          observer: 0,
        },
      ],
      options,
    );
  },
});
