/** Runs of pipelines: values, errors that are passed on, time limits. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { toDecimal } from "../../src/pipeline/decimal.ts";
import { TaskError } from "../../src/pipeline/errors.ts";
import { parsePipeline } from "../../src/pipeline/parse.ts";
import { type PipelineRun, type RunOptions, runPipeline } from "../../src/pipeline/run.ts";
import { startSource } from "./sources.ts";

function run(text: string, options: Partial<RunOptions> = {}): Promise<PipelineRun> {
  const environment = {
    bridges: new Map<string, string>(),
    allowLocalAddresses: true,
    maxBodyBytes: 32 * 1024,
    bridgeCache: new Map(),
  };
  return runPipeline(parsePipeline(text), { environment, variables: {}, ...options });
}

/** The value as a decimal string. */
async function value(text: string, options: Partial<RunOptions> = {}): Promise<string> {
  const { result } = await run(text, options);
  if (result.error !== undefined) throw result.error;
  return toDecimal(result.value).toFixed();
}

async function errorOf(text: string, options: Partial<RunOptions> = {}): Promise<string> {
  return (await run(text, options)).result.error?.message ?? "no error";
}

/** Tasks with a number each, and one without. */
const numbers = (...list: readonly string[]) =>
  list.map((number, index) => `n${index} [type=jsonparse data=<${number}>]; n${index} -> out;`).join("\n");

describe("computing tasks", () => {
  it.each([
    [`${numbers("3")} out [type=multiply times="1.5"]`, "4.5"],
    [`out [type=multiply input="0.1" times="0.2"]`, "0.02"],
    [`${numbers("0.1")} out [type=multiply times=100000000000000000000000000000]`, "10000000000000000000000000000"],
    [
      `${numbers("12345678901234567890.12345678901234567890")} out [type=multiply times=1]`,
      "12345678901234567890.1234567890123456789",
    ],
    [`${numbers('"2.5"')} out [type=multiply times=2]`, "5"],
    [`${numbers("1")} out [type=divide divisor=3]`, "0.3333333333333333"],
    [`${numbers("2")} out [type=divide divisor=3 precision=2]`, "0.67"],
    [`${numbers("150")} out [type=divide divisor=1 precision="-2"]`, "200"],
    [`${numbers("3", "1", "2")} out [type=median]`, "2"],
    [`${numbers("10", "2")} out [type=median]`, "6"],
    [`${numbers("1", "2", "3", "4.000000000000000001")} out [type=median]`, "2.5"],
    // Halves are rounded as quotients are.
    [`${numbers("1", "1.000000000000001")} out [type=median]`, "1.0000000000000005"],
    [`${numbers("1", "1.000000000000000001")} out [type=median]`, "1"],
    [`${numbers("1e2", "-1E-2")} out [type=sum]`, "99.99"],
    [`${numbers("1", "2")} out [type=mean]`, "1.5"],
    [`${numbers("1", "0", "0")} out [type=mean precision=4]`, "0.3333"],
    [`${numbers("1")} out [type=sum values=<[$(n0), 2, "3"]>]`, "6"],
    [`a [type=jsonparse data="[1, 2, 4]"] out [type=sum values="$(a)"]`, "7"],
    [`a [type=jsonparse data=<{"x": [{"y": 5}]}>] out [type=multiply input="$(a.x.0.y)" times="$( a.x.0.y )"]`, "25"],
  ])("%s", async (text, expected) => {
    expect(await value(text)).toBe(expected);
  });

  it.each([
    [`${numbers("1")} out [type=divide divisor=0]`, 'Task "out" failed: Cannot divide by zero'],
    [
      `out [type=multiply times=2]`,
      'Task "out" failed: It has no input: draw an edge to it, or set its attribute `input`',
    ],
    [`${numbers("null")} out [type=multiply times=2]`, 'Task "out" failed: Expected a number, got nothing'],
    [`${numbers("{}")} out [type=multiply times=2]`, 'Task "out" failed: Expected a number, got an object'],
    [`${numbers('"N/A"')} out [type=multiply times=2]`, 'Task "out" failed: Expected a number, got "N/A"'],
    [
      `${numbers("1e1000000000")} out [type=multiply times=2]`,
      "A number must not have more than 1000 digits before or after the point",
    ],
    [`out [type=sum]`, "0 of 0 values are missing, at most 0 may be: there are no inputs"],
    [`out [type=sum values="[]"]`, "0 of 0 values are missing, at most 0 may be: there are no inputs"],
    [`a [type=jsonparse data="1"] out [type=sum values="$(a)"]`, "Expected a list, got 1"],
    [
      `a [type=jsonparse data="[1]"] out [type=multiply input="$(a.1)" times=1]`,
      'There is no $(a.1): a list has no "1"',
    ],
    [`a [type=jsonparse data=<{}>] out [type=multiply input="$(a.__proto__)" times=1]`, "There is no $(a.__proto__)"],
    [`a [type=jsonparse data="[]"] out [type=multiply input="$(a.length)" times=1]`, "There is no $(a.length)"],
    [`a [type=jsonparse data="{"] out [type=multiply input="$(a)" times=1]`, 'Task "a" failed: Not JSON: '],
    [`a [type=jsonparse data="[]"] out [type=multiply input=1 times="$(a)"]`, "times: Expected a number, got a list"],
    [`out [type=multiply input=1 times="$(jb.name)"]`, "There is no $(jb.name)"],
  ])("%s fails", async (text, message) => {
    expect(await errorOf(text)).toContain(message);
  });
});

describe("jsonparse", () => {
  const parse = (data: string, rest: string) => `d [type=jsonparse data=<${data}> ${rest}]`;
  it.each([
    [parse(`{"a": {"b": [10, 20, 30]}}`, `path="a,b,1"`), "20"],
    [parse(`{"a": {"b": [10, 20, 30]}}`, `path="a,b,-1"`), "30"],
    [parse(`{"a,b": 7}`, `path="a,b" separator="/"`), "7"],
    [parse(`{"a": 1, "a": 2}`, `path=a`), "2"],
    [parse(`5`, ``), "5"],
    [parse(`{"__proto__": 3}`, `path="__proto__"`), "3"],
  ])("%s", async (text, expected) => {
    expect(await value(text)).toBe(expected);
  });

  it.each([
    [parse(`{"a": 1}`, `path="b"`), 'There is no "b" in "{\\"a\\": 1}"'],
    [parse(`[1]`, `path="1"`), 'There is no "1" in "[1]"'],
    [parse(`[1]`, `path="-2"`), 'There is no "-2" in "[1]"'],
    [parse(`[1]`, `path="x"`), '"x" is not an index, but the value is a list'],
    [parse(`{"a": 1}`, `path="a,b"`), 'There is no "a,b"'],
    [parse(`{}`, `path="constructor"`), 'There is no "constructor"'],
    [parse(`{}`, `path="__proto__"`), 'There is no "__proto__"'],
    [parse(`nonsense`, ``), "Not JSON: "],
    [parse("[".repeat(20_000), ``), "JSON must not be nested more than 100 levels deep"],
    [`a [type=jsonparse data="1"] b [type=jsonparse] a -> b`, "Expected a string or bytes, got 1"],
  ])("%.60s fails", async (text, message) => {
    expect(await errorOf(text)).toContain(message);
  });

  it("returns null for a missing path when lax", async () => {
    expect((await run(parse(`{"a": 1}`, `path="b,c" lax=true`))).result).toEqual({ value: null });
  });
});

describe("errors", () => {
  const broken = `x [type=jsonparse data="{"]; y [type=jsonparse data="{"]; x -> out; y -> out;`;

  it("pass through tasks that need their input, with the name of the task that failed", async () => {
    const { result, tasks } = await run(
      `a [type=jsonparse data="{"]; b [type=multiply times=2]; c [type=divide divisor=2]; a -> b -> c`,
    );
    expect(result.error?.task).toBe("a");
    expect(tasks.get("b")?.result.error).toBe(result.error);
  });

  it.each(["median", "mean", "sum"])("are faults to a %s, of which all but one may be", async (type) => {
    expect(await value(`${broken} ${numbers("5")} out [type=${type}]`)).toBe("5");
    expect(await errorOf(`${broken} out [type=${type}]`)).toMatch(
      /2 of 2 values are missing, at most 1 may be: Task "x" failed: .*Task "y" failed/,
    );
  });

  it("are tolerated up to allowedFaults", async () => {
    expect(await value(`${broken} ${numbers("5", "7")} out [type=median allowedFaults=2]`)).toBe("6");
    expect(await errorOf(`${broken} ${numbers("5", "7")} out [type=median allowedFaults=1]`)).toContain(
      "2 of 4 values are missing, at most 1 may be",
    );
  });

  it("are also faults in a list of values", async () => {
    expect(await value(`x [type=jsonparse data="{"]; ${numbers("5")} out [type=median values=<[$(x), $(n0)]>]`)).toBe(
      "5",
    );
  });

  it("stay short however many there are", async () => {
    const layers = Array.from({ length: 12 }, (_, layer) =>
      Array.from({ length: 6 }, (_, index) => {
        const name = `m${layer}_${index}`;
        const inputs = Array.from({ length: 6 }, (_, input) => `m${layer - 1}_${input} -> ${name}`);
        return layer === 0 ? `${name} [type=jsonparse data="{"]` : `${name} [type=median]\n${inputs.join("\n")}`;
      }).join("\n"),
    );
    const ends = Array.from({ length: 6 }, (_, index) => `m11_${index} -> out`);
    expect((await errorOf(`${layers.join("\n")}\n${ends.join("\n")}\nout [type=median]`)).length).toBeLessThan(2500);
  });

  it("agree with a model on random pipelines", async () => {
    const shape = fc.array(
      fc.record({
        number: fc.option(fc.integer({ min: -1000, max: 1000 })),
        from: fc.array(fc.nat(30)),
        need: fc.boolean(),
      }),
      { minLength: 1, maxLength: 12 },
    );
    await fc.assert(
      fc.asyncProperty(shape, async (nodes) => {
        const expected: (number | undefined)[] = [];
        const lines = nodes.map(({ number, from, need }, index) => {
          const inputs = [...new Set(from.filter((input) => input < index))];
          const found = inputs.map((input) => expected[input]);
          if (inputs.length === 0) {
            expected.push(number ?? undefined);
            return `t${index} [type=jsonparse data=<${number ?? "{"}>]`;
          }
          const there = found.filter((value) => value !== undefined);
          const fails = there.length === 0 || (need && there.length < found.length);
          expected.push(fails ? undefined : there.reduce((a, b) => a + b));
          const edges = inputs.map((input) => `t${input} -> t${index};`).join(" ");
          return `t${index} [type=sum ${need ? "allowedFaults=0" : ""}]; ${edges}`;
        });
        const all = expected.filter((value) => value !== undefined);
        const ends = nodes.map((_, index) => `t${index} -> out;`).join(" ");
        const { result } = await run(`${lines.join("\n")}\n${ends} out [type=sum]`);
        if (all.length === 0) expect(result.error).toBeInstanceOf(TaskError);
        else
          expect(result.error === undefined && toDecimal(result.value).toFixed()).toBe(
            String(all.reduce((a, b) => a + b)),
          );
      }),
    );
  });

  it("are the only effect of garbage from a source", async () => {
    let body = "";
    await using source = await startSource(() => body);
    const text = `a [type=http url="${source.url}"]; b [type=jsonparse path="x,0"]; c [type=multiply times=3]; a -> b -> c`;
    const garbage = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.json(),
      fc.anything().map((any) => `{"x": [${JSON.stringify(any) ?? "1e999999"}]}`),
      fc.string({ unit: fc.constantFrom(..."0123456789eE+-.") }).map((number) => `{"x": [${number}]}`),
    );
    await fc.assert(
      fc.asyncProperty(garbage, async (generated) => {
        body = generated;
        const { result } = await run(text);
        if (result.error === undefined) expect(() => toDecimal(result.value)).not.toThrow();
        else expect(result.error).toBeInstanceOf(TaskError);
      }),
      { numRuns: 200 },
    );
  });
});

describe("time", () => {
  const hang = () => undefined;

  it("abandons a hanging source a little before the deadline, and takes the median of the others", async () => {
    await using slow = await startSource(hang);
    await using quick = await startSource(() => "7");
    const text = `
      a [type=http url="${slow.url}"]; a_value [type=jsonparse]; a -> a_value -> mid;
      b [type=http url="${quick.url}"]; b_value [type=jsonparse]; b -> b_value -> mid;
      mid [type=median]; scaled [type=multiply times=10]; mid -> scaled`;
    const { result, tasks } = await run(text, { timeoutMs: 500 });
    expect(result.error === undefined && toDecimal(result.value).toFixed()).toBe("70");
    expect(tasks.get("a")?.result.error?.message).toBe('Task "a" failed: the run\'s time of 450 ms has passed');
  });

  it.each([
    [100, 90],
    [10, 9],
    [1.5, 1],
  ])("of %d ms is waited for %d ms", async (timeoutMs, waitMs) => {
    await using source = await startSource(hang);
    const text = `a [type=http url="${source.url}"]`;
    expect(await errorOf(text, { timeoutMs })).toBe(`Task "a" failed: the run's time of ${waitMs} ms has passed`);
  });

  it("ends an attempt at a task by the smallest limit", async () => {
    await using source = await startSource(hang);
    const plain = `a [type=http url="${source.url}"]`;
    const limited = `a [type=http url="${source.url}" timeout="20ms"]`;
    expect(await errorOf(plain, { maxTaskDurationMs: 10 })).toBe('Task "a" failed: no result within 10 ms');
    expect(await errorOf(plain, { requestTimeoutMs: 15 })).toBe('Task "a" failed: no result within 15 ms');
    expect(await errorOf(limited, { requestTimeoutMs: 15, maxTaskDurationMs: 5000 })).toBe(
      'Task "a" failed: no result within 20 ms',
    );
    expect(await errorOf(limited, { maxTaskDurationMs: 10 })).toBe('Task "a" failed: no result within 10 ms');
    expect(await errorOf(plain, { maxRunDurationMs: 30 })).toBe('Task "a" failed: the run\'s time of 27 ms has passed');
  });

  it("is limited for a source that sends its answer byte by byte for ever", async () => {
    await using source = await startSource((_request, response) => {
      const timer = setInterval(() => response.write(" "), 1);
      response.on("close", () => clearInterval(timer));
    });
    expect(await errorOf(`a [type=http url="${source.url}" timeout="50ms"]`)).toContain("no result within 50 ms");
  });

  it("that has already passed allows no request", async () => {
    await using source = await startSource(() => "1");
    expect(await errorOf(`a [type=http url="${source.url}"]`, { timeoutMs: 0 })).toContain("time of 0 ms has passed");
    expect(source.requests).toHaveLength(0);
  });

  it("ends at once when the caller gives up", async () => {
    await using source = await startSource(hang);
    const caller = new AbortController();
    const running = run(`a [type=http url="${source.url}"]; b [type=median]; a -> b`, { signal: caller.signal });
    caller.abort(new Error("the caller has gone"));
    await expect(running).rejects.toThrow("the caller has gone");
    await expect(run("a [type=sum]", { signal: caller.signal })).rejects.toThrow("the caller has gone");
  });

  it("ends when a task with failEarly fails", async () => {
    await using source = await startSource(hang);
    const text = `
      a [type=http url="${source.url}"]; b [type=jsonparse data="{" failEarly=true];
      c [type=median]; a -> c; b -> c`;
    const { result, tasks } = await run(text);
    expect(result.error?.task).toBe("b");
    expect(tasks.get("a")?.result.error?.message).toBe('Task "a" failed: task "b" has ended the run');
  });
});

describe("retries", () => {
  it("request a failed source again, with growing waits in between", async () => {
    let asked = 0;
    await using source = await startSource((_request, response) => {
      asked += 1;
      response.statusCode = asked < 3 ? 503 : 200;
      return "5";
    });
    const text = `a [type=http url="${source.url}" retries=3 minBackoff="1ms" maxBackoff="2ms"]`;
    const { result, tasks } = await run(text);
    expect(result).toEqual({ value: "5" });
    expect(tasks.get("a")?.attempts).toBe(3);
  });

  it("end after the configured number", async () => {
    await using source = await startSource((_request, response) => {
      response.statusCode = 500;
      return "";
    });
    const { tasks } = await run(`a [type=http url="${source.url}" retries=2 minBackoff="1ms"]`);
    expect(tasks.get("a")?.attempts).toBe(3);
    expect(source.requests).toHaveLength(3);
  });

  it("are not made when they cannot help", async () => {
    await using source = await startSource((_request, response) => {
      response.statusCode = 404;
      return "";
    });
    const text = `
      a [type=http url="${source.url}" retries=5 minBackoff="1ms"];
      b [type=http url="${source.url}" retries=5 minBackoff="1ms"]; a -> b;
      c [type=multiply times=2 retries=5]; b -> c`;
    const { tasks } = await run(text);
    expect([...tasks.values()].map(({ attempts }) => attempts)).toEqual([1, 1, 1]);
    expect(source.requests).toHaveLength(1);
  });

  it("end with the run", async () => {
    await using source = await startSource((_request, response) => {
      response.statusCode = 500;
      return "";
    });
    const text = `a [type=http url="${source.url}" retries=1000 minBackoff="1h"]`;
    expect(await errorOf(text, { timeoutMs: 100 })).toContain("answered with status 500");
  });
});
