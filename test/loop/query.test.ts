/** Every query is the same on the other side. */
import { create } from "@bufbuild/protobuf";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { LimitAndSortSchema } from "../../proto/gen/loop/chain/common/query_pb.ts";
import { ContractKeyFilterSchema } from "../../proto/gen/loop/contract_reader_pb.ts";
import { TaskResultSchema } from "../../proto/gen/loop/pipeline_runner_pb.ts";
import { filterFromWire, filterToWire, orderFromWire, orderToWire } from "../../src/loop/contract-reader/query.ts";
import type { ContractKeyFilter, Expression, LimitAndSort } from "../../src/loop/contract-reader/types.ts";
import { taskResultFromWire, taskResultToWire } from "../../src/loop/pipeline-runner/messages.ts";
import type { PipelineValue } from "../../src/loop/pipeline-runner/types.ts";

const uint64 = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
const operator = fc.constantFrom("eq", "neq", "gt", "lt", "gte", "lte");
const value = fc.record({ version: fc.nat(3), data: fc.uint8Array() });
const { expression } = fc.letrec<{ expression: Expression }>((tie) => ({
  expression: fc.oneof(
    { maxDepth: 3 },
    fc.record({ kind: fc.constant("tx-hash" as const), hash: fc.string() }),
    fc.record({ kind: fc.constant("block" as const), height: fc.string(), operator }),
    fc.record({ kind: fc.constant("timestamp" as const), seconds: uint64, operator }),
    fc.record({
      kind: fc.constant("confidence" as const),
      confidence: fc.constantFrom("unconfirmed", "safe", "finalized"),
    }),
    fc.record({
      kind: fc.constant("comparator" as const),
      name: fc.string(),
      comparisons: fc.array(fc.record({ value, operator }), { maxLength: 3 }),
    }),
    fc.record({ kind: fc.constantFrom("and", "or"), expressions: fc.array(tie("expression"), { maxLength: 3 }) }),
  ),
}));

describe("a query", () => {
  it("keeps its expressions", () => {
    fc.assert(
      fc.property(fc.array(expression), fc.string(), fc.boolean(), (expressions, key, asValueType) => {
        const filter: ContractKeyFilter = { contract: { address: "a", name: key }, key, expressions, asValueType };
        expect(filterFromWire(create(ContractKeyFilterSchema, filterToWire(filter)))).toEqual(filter);
      }),
    );
  });

  it("keeps its order and its limit", () => {
    const order: fc.Arbitrary<LimitAndSort> = fc.record(
      {
        sortBy: fc.array(
          fc.record({
            by: fc.constantFrom("timestamp", "block", "sequence"),
            direction: fc.constantFrom("asc", "desc"),
          }),
        ),
        limit: fc.record(
          {
            count: fc.bigInt({ min: 1n, max: 2n ** 64n - 1n }),
            cursor: fc.string(),
            direction: fc.constantFrom("preceding", "following"),
          },
          { requiredKeys: ["count"] },
        ),
      },
      { requiredKeys: ["sortBy"] },
    );
    fc.assert(
      fc.property(order, (asked) => {
        expect(orderFromWire(create(LimitAndSortSchema, orderToWire(asked)))).toEqual(asked);
      }),
    );
  });
});

describe("a task's result", () => {
  const { json } = fc.letrec<{ json: PipelineValue }>((tie) => ({
    json: fc.oneof(
      { maxDepth: 4 },
      fc.constant(null),
      fc.boolean(),
      fc.string(),
      fc.maxSafeInteger(),
      // Integers that are not safe become bigints, unless they are written with an exponent.
      fc.double({ noNaN: true, noDefaultInfinity: true }).filter((number) => !Number.isInteger(number)),
      fc.bigInt().filter((integer) => !Number.isSafeInteger(Number(integer))),
      fc.array(tie("json"), { maxLength: 3 }),
      fc.dictionary(
        fc.string().filter((key) => key !== "__proto__"),
        tie("json"),
        { maxKeys: 3, noNullPrototype: true },
      ),
    ),
  }));

  it("keeps every JSON value, including integers of any size", () => {
    fc.assert(
      fc.property(json, (result) => {
        const task = { id: "t", type: "memo", value: result, isTerminal: true, index: 0 };
        expect(taskResultFromWire(create(TaskResultSchema, taskResultToWire(task)))).toEqual(task);
      }),
    );
  });

  it("is refused or read, whatever bytes it has", () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.uint8Array(),
          fc.json().map((text) => new TextEncoder().encode(text)),
        ),
        (bytes) => {
          try {
            taskResultFromWire(create(TaskResultSchema, { value: bytes }));
          } catch (error) {
            expect(error).toBeInstanceOf(SyntaxError);
          }
        },
      ),
    );
  });
});
