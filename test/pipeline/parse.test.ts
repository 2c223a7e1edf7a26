/** Pipelines, from text to tasks. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { PipelineError } from "../../src/pipeline/errors.ts";
import { parsePipeline } from "../../src/pipeline/parse.ts";

/** Every mistake, one per line. */
function mistakes(text: string): string {
  try {
    parsePipeline(text);
  } catch (error) {
    expect(error).toBeInstanceOf(PipelineError);
    return (error as PipelineError).message;
  }
  return "";
}

describe("parsePipeline()", () => {
  it("reads the dialect of Chainlink's jobs", () => {
    const pipeline = parsePipeline(
      `
      // comments here,
      # and here, /* not a block */
      /* and of
         several lines */
      fetch // between a task and its attributes
        [type=http method=GET; url="http://example.org/a//b", // and among them
         headers="[\\"X-Key\\", \\"a b\\"]"]
      ask   [type="bridge" name="adapter"
             requestData=<{"data": {"from": "A", "nested": "<b>"}}>]
      fetch -> price -> // in an edge
        mid -> scaled;
      price [type=jsonparse path="data,price"]; ask_price [type=jsonparse path=result index=1]
      ask->ask_price->mid
      mid [type=median][allowedFaults=1 timeout="1s"]
      mid [timeout="2s"]
      scaled [type=multiply times=-1.5e2,]
    `.replace("-1.5e2", '"-1.5e2"'),
    );
    expect(pipeline.tasks.map(({ name }) => name)).toEqual(["fetch", "ask", "price", "ask_price", "mid", "scaled"]);
    expect(pipeline.last.name).toBe("scaled");
    const mid = pipeline.tasks.find(({ name }) => name === "mid");
    expect(mid).toMatchObject({ type: "median", inputs: ["price", "ask_price"], shared: { timeoutMs: 2000 } });
  });

  it("orders inputs by the index of the tasks they come from, then by the text", () => {
    const { last } = parsePipeline(`
      c [type=http url="http://c" index=2]
      a [type=http url="http://a" index=1]
      b [type=http url="http://b" index=1]
      d [type=http url="http://d"]
      c -> sum; b -> sum; a -> sum; d -> sum; a -> sum
      sum [type=sum]
    `);
    expect(last.inputs).toEqual(["d", "a", "b", "c"]);
  });

  it("makes a task wait for the tasks that its attributes refer to", () => {
    const { tasks, last } = parsePipeline(`
      out [type=divide input="1" divisor="$(in)"]
      in [type=sum values=<[$(x.a.0), 1, $( jobRun.meta.updatedAt )]>]
      x [type=jsonparse data="{}"]
    `);
    expect(tasks.map(({ name }) => name)).toEqual(["x", "in", "out"]);
    expect(last).toMatchObject({ name: "out", inputs: [], dependencies: ["in"] });
  });

  it("has defaults for the attributes that all tasks share", () => {
    expect(parsePipeline("a [type=sum]").last.shared).toEqual({
      timeoutMs: undefined,
      retries: 0,
      minBackoffMs: 5000,
      maxBackoffMs: 60_000,
      failEarly: false,
      index: 0,
    });
  });

  it.each([
    [
      'a [type=http url=u requestData="" headers="" method="" allowUnrestrictedNetworkAccess="" timeout="" retries="" index="" failEarly="" minBackoff="" maxBackoff="" tags="" streamID=""]',
      "a [type=http url=u]",
    ],
    [
      'a [type=bridge name=n requestData=" " includeInputAtKey="" async="" cacheTTL="" headers=" "]',
      "a [type=bridge name=n]",
    ],
    ['a [type=median values="" allowedFaults="" lax="" countNilsAsFaults=""]', "a [type=median]"],
    ['a [type=jsonparse path="" separator="" data="" lax=""]', "a [type=jsonparse]"],
    ['a [type=divide divisor=1 precision="" input=""]', "a [type=divide divisor=1]"],
    // The zero of these is no value either.
    ['a [type=sum minBackoff="0s" maxBackoff="0s"]', "a [type=sum]"],
    // Whatever capitals: Go's decoder compares names without them, and task types have none.
    ['a [Type=HTTP URL=u Method=get failearly="T"]', "a [type=http url=u method=GET failEarly=true]"],
    // What another task knows is read over.
    [
      'a [type=bridge name=n method=POST async="false" checkRequired=true tags="x" streamID=5]',
      "a [type=bridge name=n]",
    ],
    ...["1", "t", "T", "TRUE", "True"].map((word) => [`a [type=sum failEarly=${word}]`, "a [type=sum failEarly=true]"]),
    ...["0", "f", "F", "FALSE", "False"].map((word) => [`a [type=sum failEarly=${word}]`, "a [type=sum]"]),
  ])("reads %s as %s, like Chainlink", (text, same) => {
    // As JSON, because tasks have functions.
    const shown = (source: string) => JSON.stringify({ ...parsePipeline(source), source: "" });
    expect(shown(text)).toBe(shown(same));
  });

  it("takes a timeout of zero for none, and a longest wait that is shorter than the first", () => {
    expect(parsePipeline('a [type=sum timeout="0s" minBackoff="2s" maxBackoff="1s"]').last.shared).toMatchObject({
      timeoutMs: Infinity,
      minBackoffMs: 2000,
      maxBackoffMs: 1000,
    });
  });

  it.each([
    ["", "line 1: The pipeline has no tasks"],
    ["// nothing", "line 1: The pipeline has no tasks"],
    ["a [type=htp]", 'line 1: Task "a", type: there is no task type "htp", only any, base64decode, base64encode, '],
    [
      "a [type=EthCall]",
      'Task "a", type: EthCall is not here: it reads or changes a chain, which pipelines of this node ',
    ],
    ["a [type=cborparse]", 'Task "a", type: cborparse is not here: it serves jobs that answer requests of contracts'],
    ["a [type=panic]", 'Task "a", type: panic is not here: it is for tests of Chainlink\'s own; use fail, only any, '],
    ["a [type=constructor]", 'Task "a", type: there is no task type "constructor"'],
    ["\na [url=x]", 'line 2: Task "a" has no type: write a [type=...] with one of '],
    ["a [type=sum]\na -> b", 'line 2: Task "b" has no type'],
    ["a [type=http url=x\n urll=y]", 'line 2: Task "a", urll: a http task has no such attribute, only method, url, '],
    ["a [type=http]", 'Task "a", url: It is missing and has no default'],
    ["a [type=bridge]", 'Task "a", name: It is missing and has no default'],
    ["a [type=multiply]", 'Task "a", times: It is missing and has no default'],
    ["a [type=divide]", 'Task "a", divisor: It is missing and has no default'],
    ["a [type=multiply times=abc]", 'Task "a", times: Expected a number, got "abc"'],
    ['a [type=multiply times="1e1000000000"]', 'Task "a", times: A number must not have more than 1000 digits'],
    [
      "a [type=divide divisor=1 precision=1001]",
      'Task "a", precision: Expected a whole number from -1000 to 1000, got "1001"',
    ],
    ["a [type=median allowedFaults=-1]", 'Task "a", allowedFaults: Expected a whole number from 0 to 9007199254740991'],
    [
      "a [type=median allowedFaults=1.5]",
      'allowedFaults: Expected a whole number from 0 to 9007199254740991, got "1.5"',
    ],
    ["a [type=median lax=1 countNilsAsFaults=t]", 'Task "a", lax: It and countNilsAsFaults exclude each other'],
    [
      "a [type=http url=x method=FETCH]",
      'Task "a", method: Expected one of GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS, got "FETCH"',
    ],
    ["a [type=http url=x allowUnrestrictedNetworkAccess=yes]", 'Expected true or false, got "yes"'],
    [
      'a [type=http url="http://x/$(b)"]',
      'Task "a", url: "http://x/$(b)" contains a variable: a variable must be the whole value',
    ],
    ['a [type=http url=x headers="X-A: b"]', 'Task "a", headers: Not JSON: '],
    ['a [type=http url=x headers=<["X-A"]>]', 'Task "a", headers: The list needs a value for every name'],
    ['a [type=http url=x headers=<["X A", "b"]>]', 'Task "a", headers: "X A" is not a valid HTTP header'],
    [
      String.raw`a [type=http url=x headers=<["X-A", "b\r\nX-B: c"]>]`,
      'Task "a", headers: "X-A" is not a valid HTTP header',
    ],
    ["a [type=http url=x requestData=<{>]", 'Task "a", requestData: Not JSON: '],
    [
      'a [type=http url=x requestData=<{"x": "$(b)"}>]',
      "$(b) is inside a JSON string: a variable must be the whole value",
    ],
    ['a [type=http url=x requestData=<{"x": $(b}>]', "is not a variable"],
    [
      `a [type=http url=x requestData=<${"[".repeat(101)}>]`,
      'Task "a", requestData: JSON must not be nested more than 100 levels deep',
    ],
    [
      "a [type=bridge name=x async=true]",
      'Task "a", async: Asynchronous adapters are not supported: remove the attribute',
    ],
    ['a [type=multiply times=" "]', 'Task "a", times: It is missing and has no default'],
    ['a [type=sum streamID="x"]', 'Task "a", streamID: Expected a whole number from 0 to 4294967295, got "x"'],
    ['a [type=sum timeout="soon"]', 'Task "a", timeout: "soon" is not a duration'],
    ['a [type=sum timeout="-1s"]', 'Task "a", timeout: The duration "-1s" is negative'],
    [
      "a [type=sum timeout=10]",
      'Task "a", timeout: "10" is not a duration: the unit is missing, write "10s" for seconds',
    ],
    ["a [type=sum retries=1001]", 'Task "a", retries: Expected a whole number from 0 to 1000, got "1001"'],
    ['a [type=sum index="$(b)"]', 'Task "a", index: "$(b)" contains a variable: a variable must be the whole value'],
    ["a [type=sum failEarly=yes]", 'Task "a", failEarly: Expected true or false, got "yes"'],
    ['a [type=multiply times="$(b)"]', 'Task "a", times: $(b) refers to neither a task nor jb or jobRun'],
    ["jobRun [type=sum]", 'A task cannot be named "jobRun": the name is reserved for variables'],
    ["input [type=sum]", 'A task cannot be named "input"'],
    [
      "a [type=sum]; b [type=jsonparse]; c [type=sum]; a -> b; c -> b",
      'Task "b" has 2 inputs: a jsonparse task takes at most 1',
    ],
    ["a [type=sum]; b [type=sum]; a -> b -> a", 'The tasks "a" and "b" wait for each other in a cycle'],
    [
      "a [type=sum]; b [type=sum]; c [type=sum]; a -> b -> c -> b",
      'The tasks "b" and "c" wait for each other in a cycle',
    ],
    ["a [type=sum]; a -> a", 'Task "a" waits for itself'],
    ['a [type=multiply times="$(a)"]', 'Task "a" waits for itself'],
    [
      "a [type=sum]\nb [type=sum]",
      'line 2: A pipeline must have exactly one last task, but nothing follows "a" and "b"',
    ],
    // The form of the text.
    ["a [type]", 'Expected = after "type", found ]'],
    ["a [type=]", 'Expected the value of "type", found ]'],
    ["a [type=sum", 'Expected an attribute of "a" or ], found the end of the pipeline'],
    ["a ->", "Expected a task's name, found the end of the pipeline"],
    ["-> a", "Expected a task's name, found ->"],
    ["a -> b [x=y]", "An edge has no attributes: put them on the task's own line"],
    ["rankdir = LR", 'Unexpected = after "rankdir": write attributes in [ ] after the task\'s name'],
    ["node [type=sum]", '"node" is a keyword of DOT'],
    ["digraph -> a", '"digraph" is a keyword of DOT: write only tasks and edges'],
    ["{ a }", 'Unexpected {: write only tasks and edges, without "digraph { }" or groups'],
    ["a -- b", "Unexpected --: edges have a direction, write ->"],
    ["a--b", "Unexpected --: edges have a direction, write ->"],
    ["a-b [type=sum]", '"a-b" needs quotes: write "a-b"'],
    ["a.b [type=sum]", '"a.b" needs quotes'],
    ['"a b" [type=sum]', '"a b" cannot be a task\'s name: use letters, digits, _ and -'],
    ["a [timeout=10s]", '"10s" needs quotes: write "10s"'],
    ["a [url=http://x]", 'Unexpected ":": put quotes around a value that contains it'],
    ["a [times=$(b)]", 'Unexpected "$": put quotes around a value that contains it'],
    ['\na [x="b\n\n', 'line 2: Unfinished string: close it with "'],
    ["a [x=<a<b>", "Unfinished string: close it with >"],
    ["/* a", "Unfinished comment: close it with */"],
    [String.raw`a [x="\q"]`, String.raw`Unknown escape "\\q": write \\ for a backslash`],
    [String.raw`a [x="\u12"]`, "write four hexadecimal digits"],
    ["a\u0000", "Unexpected "],
  ])("refuses %j", (text, message) => {
    expect(mistakes(text)).toContain(message);
  });

  it("reports all mistakes together, in the order of the text", () => {
    const text = "b [type=multiply times=x y=1]\n\na [type=nope]\nc [type=http]\na -> c";
    expect(
      mistakes(text)
        .split("\n")
        .map((line) => line.slice(0, 20)),
    ).toEqual([
      'line 1: Task "b", y:',
      'line 1: Task "b", ti',
      'line 3: Task "a", ty',
      'line 4: Task "c", ur',
      "line 4: A pipeline m",
    ]);
  });

  it("refuses texts and pipelines that are too long", () => {
    expect(mistakes(" ".repeat(300_000))).toContain(
      "A pipeline of 300000 characters is too long: at most 262144 are allowed",
    );
    expect(mistakes(Array.from({ length: 1001 }, (_, index) => `a${index};`).join(""))).toContain(
      "Too many tasks: at most 1000 are allowed",
    );
  });

  it("reads the longest chain and the longest cycle quickly", () => {
    const names = Array.from({ length: 1000 }, (_, index) => `a${999 - index}`);
    const tasks = names.map((name) => `${name}[type=sum]`).join("\n");
    expect(parsePipeline(`${tasks}\n${names.toReversed().join("->")}`).last.name).toBe("a999");
    expect(mistakes(`${tasks}\n${names.join("->")}->${names[0]}`)).toContain("990 more");
  });

  it("keeps the edges of any pipeline without cycles", () => {
    const shape = fc.integer({ min: 1, max: 15 }).chain((size) =>
      fc.record({
        size: fc.constant(size),
        edges: fc.array(fc.tuple(fc.nat(size - 1), fc.nat(size - 1)), { maxLength: 40 }),
        shuffle: fc.infiniteStream(fc.nat()),
      }),
    );
    fc.assert(
      fc.property(shape, ({ size, edges, shuffle }) => {
        // Edges lead from lower to higher numbers, and all paths end in the last task.
        const wanted = edges.filter(([from, to]) => from < to).map(([from, to]) => `t${from} -> t${to}`);
        for (let index = 0; index < size - 1; index += 1) wanted.push(`t${index} -> t${size - 1}`);
        const lines = [...Array.from({ length: size }, (_, index) => `t${index} [type=sum]`), ...wanted];
        const order = new Map(lines.map((line) => [line, shuffle.next().value ?? 0]));
        lines.sort((a, b) => (order.get(a) ?? 0) - (order.get(b) ?? 0));

        const { tasks, last } = parsePipeline(lines.join("\n"));
        expect(last.name).toBe(`t${size - 1}`);
        expect(tasks).toHaveLength(size);
        const seen = new Set<string>();
        for (const { name, dependencies, inputs } of tasks) {
          expect(dependencies.every((dependency) => seen.has(dependency))).toBe(true);
          seen.add(name);
          const expected = new Set(
            wanted.filter((edge) => edge.endsWith(`-> ${name}`)).map((edge) => edge.split(" ")[0]),
          );
          expect(new Set(inputs)).toEqual(expected);
        }
      }),
    );
  });

  it("throws nothing but PipelineErrors on garbage", () => {
    const piece = fc.constantFrom(
      "a",
      "b",
      "->",
      "--",
      "-",
      "[",
      "]",
      "=",
      ",",
      ";",
      '"',
      "\\",
      "<",
      ">",
      "{",
      "}",
      "$(a)",
      "//",
      "/*",
      "*/",
      "\n",
      "#",
      "type",
      "sum",
      "multiply",
      "times",
      "1",
      "1e9",
      "__proto__",
      "constructor",
      "\u0000",
      "é",
    );
    const text = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.array(piece, { maxLength: 40 }).map((pieces) => pieces.join(" ")),
      fc.array(piece).map((pieces) => pieces.join("")),
    );
    fc.assert(
      fc.property(text, (garbage) => {
        try {
          parsePipeline(garbage);
        } catch (error) {
          expect(error).toBeInstanceOf(PipelineError);
        }
      }),
      { numRuns: 500 },
    );
  });
});
