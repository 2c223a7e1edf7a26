/** Pipelines as data sources, and the bridge task, whose cache they keep. */
import { describe, expect, it, onTestFinished, vi } from "vitest";
import type { DataSource } from "../../src/loop/data-source/types.ts";
import { createPipelineDataSource } from "../../src/pipeline/data-source.ts";
import { parsePipeline } from "../../src/pipeline/parse.ts";
import { outcomeOf } from "../../src/pipeline/run.ts";
import type { RunSettingsOptions } from "../../src/pipeline/run-settings.ts";
import { startSource } from "./sources.ts";

const round = { configDigest: new Uint8Array(32), epoch: 1, round: 1 };
const job = { name: "widget", externalJobId: "0f1e2d3c-4b5a-4978-8796-a5b4c3d2e1f0" };

function create(text: string, environment: RunSettingsOptions = {}): DataSource {
  return createPipelineDataSource({ pipeline: parsePipeline(text), job, environment });
}

const observe = (source: DataSource, timeoutMs = 5000) => source.observe(round, { timeoutMs });

describe("createPipelineDataSource()", () => {
  it.each([
    ["1.99", 1n],
    ["-1.99", -1n],
    ["1e30", 10n ** 30n],
    ['"42"', 42n],
  ])("cuts %s toward zero", async (number, integer) => {
    expect(await observe(create(`a [type=jsonparse data=<${number}>]`))).toBe(integer);
  });

  it.each([
    [`a [type=jsonparse data="null"]`, "Expected a number, got nothing"],
    [`a [type=jsonparse data="[1]"]`, "Expected a number, got a list"],
    [`a [type=jsonparse data="{"]`, 'Task "a" failed: Not JSON: '],
  ])("rejects with the reason: %s", async (text, message) => {
    await expect(observe(create(text))).rejects.toThrow(message);
  });

  it("has the job's variables", async () => {
    await using source = await startSource(({ body }) => body);
    const text = `
      a [type=http method=POST url="${source.url}" requestData=<{"name": $(jb.name), "id": $(jb.externalJobID)}>];
      b [type=length]; a -> b`;
    await observe(create(text, { allowLocalAddresses: true }));
    expect(JSON.parse(source.requests[0]?.body ?? "")).toEqual({ name: job.name, id: job.externalJobId });
  });

  it("ends when the caller gives up, and works again after that", async () => {
    let answer: string | undefined;
    await using source = await startSource(() => answer);
    const data = create(`a [type=http url="${source.url}"]`, { allowLocalAddresses: true });
    const caller = new AbortController();
    const observing = data.observe(round, { signal: caller.signal });
    caller.abort(new Error("gone"));
    await expect(observing).rejects.toThrow("gone");
    answer = "3";
    expect(await observe(data)).toBe(3n);
  });

  it("logs the tasks that failed", async () => {
    const lines: unknown[] = [];
    const log = { debug: (message: string, fields: unknown) => lines.push([message, fields]) } as never;
    const pipeline = parsePipeline(`a [type=jsonparse data="{"]; b [type=multiply times=2]; a -> b`);
    await expect(observe(createPipelineDataSource({ pipeline, job, environment: {}, log }))).rejects.toThrow();
    expect(lines).toEqual([["A pipeline task failed", expect.objectContaining({ task: "a", attempts: 1 })]]);
  });
});

it("tells after each run how its tasks ended", async () => {
  let isBroken = false;
  await using adapter = await startSource(() => (isBroken ? '{"error": "down"}' : '{"result": 1}'));
  await using silent = await startSource(() => undefined);
  const outcomes: Record<string, string>[] = [];
  const data = createPipelineDataSource({
    pipeline: parsePipeline(`
      ok [type=jsonparse data="2"];
      cached [type=bridge name=adapter cacheTTL="1h"]; price [type=jsonparse path=result]; cached -> price;
      slow [type=http url="${silent.url}" timeout="50ms"]; after [type=jsonparse]; slow -> after;
      wrong [type=jsonparse data="{"];
      mid [type=median allowedFaults=4]; ok -> mid; price -> mid; after -> mid; wrong -> mid;`),
    job,
    environment: { bridges: { adapter: adapter.url }, allowLocalAddresses: true },
    onRun: ({ tasks }) =>
      outcomes.push(Object.fromEntries([...tasks].map(([name, run]) => [name, outcomeOf(name, run)]))),
  });
  await observe(data);
  isBroken = true;
  await observe(data);
  const always = { ok: "ok", price: "ok", slow: "too-slow", after: "input-failed", wrong: "failed", mid: "ok" };
  expect(outcomes).toEqual([
    { ...always, cached: "ok" },
    { ...always, cached: "from-cache" },
  ]);
});

describe("bridge", () => {
  const text = `a [type=bridge name="adapter" requestData=<{"data": {"from": "A"}}> cacheTTL="CACHE"]; b [type=jsonparse path=result]; a -> b`;
  const withCache = (ttl: string) => text.replace("CACHE", ttl);

  it("posts the request with the last answer and its time to the adapter of that name", async () => {
    await using adapter = await startSource(() => '{"result": 123456789012345678901234567890.7}');
    const data = create(withCache("0s"), { bridges: { adapter: `${adapter.url}/path` } });
    expect(await observe(data)).toBe(123456789012345678901234567890n);
    await observe(data);
    const [first, second] = adapter.requests;
    expect(first).toMatchObject({ method: "POST", path: "/path", headers: { "content-type": "application/json" } });
    expect(first?.body).toBe('{"data":{"from":"A"},"meta":{"latestAnswer":null,"updatedAt":null}}');
    expect(second?.body).toMatch(
      /^\{"data":\{"from":"A"\},"meta":\{"latestAnswer":123456789012345678901234567890,"updatedAt":\d{10}\}\}$/,
    );
  });

  it("puts its first input under the configured key", async () => {
    await using adapter = await startSource(() => "1");
    const pipeline = `x [type=jsonparse data=<[{"y": 1.10}]> path="0"]; a [type=bridge name=adapter includeInputAtKey="input"]; x -> a`;
    await observe(create(pipeline, { bridges: { adapter: adapter.url } }));
    expect(adapter.requests[0]?.body).toContain('"input":{"y":1.10}');
  });

  it("makes no request and does not use its cache when its input failed", async () => {
    let broken = false;
    await using source = await startSource(() => (broken ? "{" : "{}"));
    await using adapter = await startSource(() => "1");
    const pipeline = `s [type=http url="${source.url}"]; x [type=jsonparse]; a [type=bridge name=adapter cacheTTL="1h"]; s -> x -> a`;
    const data = create(pipeline, { bridges: { adapter: adapter.url }, allowLocalAddresses: true });
    expect(await observe(data)).toBe(1n);
    broken = true;
    await expect(observe(data)).rejects.toThrow('Task "x" failed: Not JSON');
    expect(adapter.requests).toHaveLength(1);
  });

  it.each([
    ['{"error": "no such pair", "result": 1}', 'Bridge "adapter": no such pair'],
    ['{"error": {"name": "AdapterError", "message": "upstream is down"}}', "upstream is down"],
    ['{"errorMessage": "bad input"}', "bad input"],
    ['{"error": true}', 'Bridge "adapter": true'],
    ['{"statusCode": 504, "result": 1}', 'Bridge "adapter" answered with status 504'],
    ['{"statusCode": 200, "providerStatusCode": 429, "result": 1}', "answered with status 429"],
  ])("fails when the adapter reports an error: %s", async (answer, message) => {
    await using adapter = await startSource(() => answer);
    await expect(observe(create(withCache("0s"), { bridges: { adapter: adapter.url } }))).rejects.toThrow(message);
  });

  it.each([
    '{"error": null, "result": 5}',
    '{"error": "", "result": 5}',
    '{"statusCode": 200, "result": 5}',
    '{"statusCode": "x", "result": 5}',
  ])("does not fail for %s", async (answer) => {
    await using adapter = await startSource(() => answer);
    expect(await observe(create(withCache("0s"), { bridges: { adapter: adapter.url } }))).toBe(5n);
  });

  it("fails with the adapter's HTTP status", async () => {
    await using adapter = await startSource((_request, response) => {
      response.statusCode = 502;
      return "<html>";
    });
    await expect(observe(create(withCache("0s"), { bridges: { adapter: adapter.url } }))).rejects.toThrow(
      'Task "a" failed: Bridge "adapter" answered with status 502',
    );
  });

  it("names the configured bridges when there is none of that name", async () => {
    await expect(observe(create(withCache("0s"), { bridges: { b: "http://x", a: "http://x" } }))).rejects.toThrow(
      'There is no bridge "adapter": the config has a, b; add it to [bridges]',
    );
    await expect(observe(create(withCache("0s")))).rejects.toThrow('There is no bridge "adapter": the config has none');
  });

  it("uses its last good answer for as long as cacheTTL allows", async () => {
    let mode: "good" | "bad" | "hang" = "good";
    await using adapter = await startSource((_request, response) => {
      if (mode === "hang") return undefined;
      response.statusCode = mode === "good" ? 200 : 500;
      return '{"result": 9}';
    });
    const bridges = { adapter: adapter.url };
    const remembering = create(withCache("1h"), { bridges });
    const forgetting = create(withCache("0s"), { bridges });
    const brief = create(withCache("1ns"), { bridges });
    for (const data of [remembering, forgetting, brief]) expect(await observe(data)).toBe(9n);
    mode = "bad";
    // How old it is has nothing to do with what the machine's clock is set to.
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 7_200_000 });
    onTestFinished(() => {
      vi.useRealTimers();
    });
    expect(await observe(remembering)).toBe(9n);
    vi.setSystemTime(0);
    await expect(observe(forgetting)).rejects.toThrow("answered with status 500");
    await new Promise((resolve) => setTimeout(resolve, 5));
    await expect(observe(brief)).rejects.toThrow("answered with status 500");
    mode = "hang";
    expect(await observe(remembering, 100)).toBe(9n);
    // Another feed does not have that answer.
    mode = "bad";
    await expect(observe(create(withCache("1h"), { bridges }))).rejects.toThrow("answered with status 500");
  });
});
