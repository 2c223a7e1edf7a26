/** What machines see of a feed: its metrics, and its check in the node's health. */
import { appendFileSync } from "node:fs";
import { expect, it } from "vitest";
import { until } from "../../../src/testing/until.ts";
import { readSamples, valuesBy } from "../../observability/support.ts";
import { createWorld } from "../support.ts";

const feed = "median.widget";

it("a feed is seen by machines: that it runs, that every round fails and where, that it has stalled, and that it is well again", async () => {
  await using world = await createWorld();
  appendFileSync(world.configFile, `[feeds."${feed}"]\nfreshnessLimit = "2s"\n`);
  await using node = await world.start(["--transport", "median=worker"]);
  const url = `http://127.0.0.1:${node.http.port}`;
  const metrics = async () => (await fetch(`${url}/metrics`)).text();
  const outcomes = async () => {
    const rounds = readSamples(await metrics()).filter(({ name }) => name === "loopp_feed_rounds_total");
    return Object.fromEntries(rounds.map(({ labels, value }) => [`${labels.outcome} ${labels.phase}`, value]));
  };
  const check = async (path: string) => {
    const response = await fetch(`${url}${path}`);
    const { data } = (await response.json()) as { data: { id: string; attributes: { output: string } }[] };
    return { status: response.status, output: data.find(({ id }) => id === `feeds.${feed}`)?.attributes.output };
  };
  const state = async () =>
    Object.entries(valuesBy(await metrics(), "loopp_feed_state", "state", { feed })).find(
      ([, value]) => value === 1,
    )?.[0];
  const tasks = async (type: string) =>
    valuesBy(await metrics(), "loopp_feed_tasks_total", "outcome", { feed, pipeline: "observation", type });

  // Every end that a round can have is there before it happens.
  expect(Object.keys(await outcomes()).toSorted()).toEqual([
    ...["declined accept", "declined report", "declined transmit"],
    ...["failed accept", "failed observation", "failed query", "failed report", "failed transmit"],
    "transmitted transmit",
  ]);
  world.prices = ["1.5", undefined, "1.7"];
  await until("rounds are transmitted with two of three sources", async () => {
    const text = await metrics();
    return (
      ((await outcomes())["transmitted transmit"] ?? 0) >= 2 &&
      valuesBy(text, "loopp_feed_sources_answered", "feed")[feed] === 2
    );
  });
  const text = await metrics();
  const readAt = Date.now() / 1000;
  expect(valuesBy(text, "loopp_feed_sources", "feed")).toEqual({ [feed]: 3 });
  expect(valuesBy(text, "loopp_feed_freshness_limit_seconds", "feed")).toEqual({ [feed]: 2 });
  expect(text).toContain(`loopp_feed_info{feed="${feed}",job_name="widget",contract="0x`);
  expect(await tasks("http")).toMatchObject({ ok: expect.any(Number), failed: expect.any(Number), "too-slow": 0 });
  expect((await tasks("jsonparse"))["input-failed"]).toBeGreaterThan(0);
  const durations = readSamples(text).filter(({ name }) => name === "loopp_feed_task_duration_seconds_count");
  expect([...new Set(durations.map(({ labels }) => `${labels.pipeline} ${labels.type}`))].toSorted()).toEqual([
    ...["fee-coin-price multiply", "observation http", "observation jsonparse"],
    ...["observation median", "observation multiply"],
  ]);
  const age = valuesBy(text, "loopp_feed_last_transmission_age_seconds", "feed")[feed];
  const time = valuesBy(text, "loopp_feed_last_transmission_time_seconds", "feed")[feed];
  // The age is measured by another clock than the time.
  expect((time ?? 0) + (age ?? 0)).toBeCloseTo(readAt, -1);
  // On a busy machine rounds may fail meanwhile.
  for (const path of ["/health", "/readyz"]) {
    await until(`the feed is well for ${path}`, async () => {
      const { status, output } = await check(path);
      return status === 200 && output === "";
    });
  }

  world.prices = [undefined, undefined, undefined];
  // On a slow machine it has stalled before it is asked.
  await until("every round fails", async () => ["failing", "stalled"].includes((await state()) ?? ""));
  const failing = await check("/health");
  expect(failing.status).toBe(207);
  expect(failing.output).toMatch(/the last \d+ attempts failed, the latest in the phase "\w+": see the log$/);
  await until("the feed has stalled", async () => (await state()) === "stalled");
  expect(await check("/health")).toMatchObject({
    status: 207,
    output: expect.stringMatching(/^nothing was transmitted for more than 2s; /),
  });
  expect((await check("/readyz")).status).toBe(503);
  expect(valuesBy(await metrics(), "health", "service_id")).toMatchObject({
    [`feeds.${feed}`]: 0,
    [`plugins.${feed}`]: 1,
  });
  expect((await outcomes())["failed observation"]).toBeGreaterThan(0);

  world.prices = ["1.5", "1.6", "1.7"];
  await until("the feed runs again", async () => (await state()) === "running");
  await until("the node is ready again", async () => (await check("/readyz")).status === 200);
}, 60_000);
