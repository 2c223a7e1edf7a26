/** Pipelines that a product's plugin runs. */
import { describe, expect, it } from "vitest";
import { createPipelineRunner } from "../../src/pipeline/runner.ts";

const runner = createPipelineRunner({ job: { name: "draw", externalJobId: "id" }, environment: {} });

describe("a pipeline runner", () => {
  it("returns every task's result, decimals as strings and numbers of JSON as numbers", async () => {
    const spec = `
      data [type=jsonparse data="$(input)" path="list"];
      first [type=jsonparse data="$(input)" path="list,0"];
      scaled [type=multiply times="$(factor)" index=3];
      first -> scaled;`;
    const input = '{"list":[1.5,12345678901234567890,"a",null,true,{"b":2}]}';
    expect(await runner.executeRun(spec, { input, factor: 0.5 })).toEqual([
      {
        id: "data",
        type: "jsonparse",
        value: [1.5, 12345678901234567890n, "a", null, true, { b: 2 }],
        isTerminal: true,
        index: 0,
      },
      { id: "first", type: "jsonparse", value: 1.5, isTerminal: false, index: 0 },
      { id: "scaled", type: "multiply", value: "0.75", isTerminal: true, index: 3 },
    ]);
  });

  it("returns a task's failure as its result, and has the job's variables like the node's pipelines", async () => {
    const [failed, job] = await runner.executeRun(
      'bad [type=jsonparse data="no"]; job [type=jsonparse data="{\\"n\\": 1}" path="n"]; bad -> end; job -> end; end [type=median allowedFaults=1];',
      {},
    );
    expect(failed).toMatchObject({ id: "bad", value: null, error: expect.stringContaining("Not JSON") });
    expect(job).toMatchObject({ id: "job", value: 1, isTerminal: false });
  });

  it("refuses an invalid pipeline", async () => {
    await expect(runner.executeRun("a [type=htp]", {})).rejects.toThrow('there is no task type "htp"');
  });

  it("ends with the caller's signal", async () => {
    const signal = AbortSignal.abort(new Error("gone"));
    await expect(runner.executeRun('a [type=jsonparse data="1"]', {}, { signal })).rejects.toThrow("gone");
  });
});
