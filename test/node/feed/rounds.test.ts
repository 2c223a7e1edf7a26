import { describe, expect, it } from "vitest";
import { formatRound, type Round, watchRounds } from "../../../src/node/feed/rounds.ts";
import type { OracleEvent } from "../../../src/ocr2/oracle/engine.ts";
import { parsePipeline } from "../../../src/pipeline/parse.ts";
import type { PipelineRun } from "../../../src/pipeline/run.ts";
import { until } from "../../../src/testing/until.ts";

const source = `
  a [type=http method=GET url="http://a"];
  b [type=http method=GET url="http://b"];
  mid [type=median];
  a -> mid; b -> mid;
`;
const at = (round: number) => ({ configDigest: new Uint8Array(32), epoch: 1, round });

/** A feed whose engine does what the test says. */
function watch() {
  const rounds: Round[] = [];
  let emit = (_: OracleEvent) => {};
  const watching = watchRounds({
    job: { name: "widget" },
    product: { pipelines: { observation: parsePipeline(source) }, latestAnswer: async () => 1234n },
    engine: {
      start: () => {},
      stop: async () => {},
      subscribe(listener) {
        emit = listener;
        return () => {
          emit = () => {};
        };
      },
    },
    decimals: 2,
    onRound: (round) => rounds.push(round),
  });
  const run = (...failed: string[]) => {
    const result = (name: string) => (failed.includes(name) ? { error: { message: "no answer" } } : { value: "1" });
    const tasks = new Map(["a", "b"].map((name) => [name, { result: result(name), attempts: 1, durationMs: 1 }]));
    watching.onObservation({ result: { value: "1" }, tasks } as unknown as PipelineRun);
  };
  return { rounds, emit: (event: OracleEvent) => emit(event), run, watching };
}

describe("the rounds of a feed", () => {
  it("are told when they are over, though the next has begun before the report was transmitted", async () => {
    const { rounds, emit, run } = watch();
    emit({ type: "round-started", timestamp: at(1) });
    run("b");
    emit({ type: "round-started", timestamp: at(2) });
    run();
    emit({ type: "transmitted", timestamp: at(1) });
    emit({ type: "transmitted", timestamp: at(2) });
    await until("two rounds are over", () => rounds.length === 2);
    expect(rounds).toMatchObject([
      {
        job: "widget",
        epoch: 1,
        round: 1,
        outcome: "transmitted",
        answer: "12.34",
        answered: ["a"],
        asked: ["a", "b"],
      },
      { round: 2, outcome: "transmitted", answered: ["a", "b"] },
    ]);
  });

  it("are told once, with what has ended them", () => {
    const { rounds, emit, watching } = watch();
    emit({ type: "round-started", timestamp: at(1) });
    emit({ type: "failed", phase: "query", timestamp: at(1), error: new Error("too late") });
    emit({ type: "failed", phase: "plugin", error: new Error("of no round") });
    emit({ type: "declined", phase: "accept", timestamp: at(1) });
    emit({ type: "round-started", timestamp: at(2) });
    emit({ type: "declined", phase: "report", timestamp: at(2) });
    emit({ type: "round-started", timestamp: at(3) });
    watching[Symbol.dispose]();
    emit({ type: "declined", phase: "report", timestamp: at(3) });
    expect(rounds.map(({ round, outcome, error }) => [round, outcome, error])).toEqual([
      [1, "failed", "query: too late"],
      [2, "nothing to report", undefined],
    ]);
  });

  it("that never end are forgotten", () => {
    const { rounds, emit } = watch();
    for (let round = 1; round <= 200; round++) emit({ type: "round-started", timestamp: at(round) });
    for (let round = 1; round <= 200; round++) emit({ type: "declined", phase: "report", timestamp: at(round) });
    expect(rounds.map(({ round }) => round)).toEqual(Array.from({ length: 100 }, (_, index) => 101 + index));
  });
});

it("a round is one line, whatever a price source answers", () => {
  const error = 'observation: Bridge "prices": \u001b[2K\u001b[1A\nETH / USD  round 9/9  transmitted\u0007';
  const phase = "observation" as const;
  const round = { job: "ETH / USD", epoch: 1, round: 2, phase, answered: ["a"], asked: ["a", "b"], durationMs: 40.6 };
  expect(formatRound({ ...round, outcome: "failed", error })).toBe(
    'ETH / USD  round 1/2  1 of 2 sources (a)  41 ms  failed: observation: Bridge "prices": \\x1b[2K\\x1b[1A\\nETH / USD  round 9/9  transmitted\\x07',
  );
  expect(formatRound({ ...round, outcome: "failed", error: "x".repeat(1_000_000) }).length).toBeLessThan(64 * 1024);
});
