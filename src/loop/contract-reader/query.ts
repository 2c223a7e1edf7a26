/** Converts queries for events to and from the wire. */
import type { MessageInitShape } from "@bufbuild/protobuf";
import {
  BooleanOperator,
  ComparisonOperator as ComparisonOperatorEnum,
  Confidence as ConfidenceEnum,
  CursorDirection,
  type Expression as ExpressionMessage,
  type ExpressionSchema,
  type LimitAndSort as LimitAndSortMessage,
  type LimitAndSortSchema,
  type Primitive,
  SortDirection,
  SortType,
} from "../../../proto/gen/loop/chain/common/query_pb.ts";
import type { ContractKeyFilter as ContractKeyFilterMessage } from "../../../proto/gen/loop/contract_reader_pb.ts";
import { versionedFromWire, versionedToWire } from "../codec/messages.ts";
import { required, uint64 } from "../values.ts";
import type { BooleanExpression, ContractKeyFilter, Expression, LimitAndSort, PrimitiveExpression } from "./types.ts";

const confidences = {
  unconfirmed: ConfidenceEnum.Unconfirmed,
  safe: ConfidenceEnum.Safe,
  finalized: ConfidenceEnum.Finalized,
} as const;
const operators = {
  eq: ComparisonOperatorEnum.Eq,
  neq: ComparisonOperatorEnum.Neq,
  gt: ComparisonOperatorEnum.Gt,
  lt: ComparisonOperatorEnum.Lt,
  gte: ComparisonOperatorEnum.Gte,
  lte: ComparisonOperatorEnum.Lte,
} as const;
const booleans = { and: BooleanOperator.AND, or: BooleanOperator.OR } as const;
const sorts = {
  timestamp: SortType.SortTimestamp,
  block: SortType.SortBlock,
  sequence: SortType.SortSequence,
} as const;
const directions = { asc: SortDirection.Asc, desc: SortDirection.Desc } as const;
const cursors = { preceding: CursorDirection.Preceding, following: CursorDirection.Following } as const;

export const confidenceToWire = (confidence: keyof typeof confidences): ConfidenceEnum => confidences[confidence];
/** @throws RangeError for an unknown value */
export const confidenceFromWire = (value: ConfidenceEnum) => named(confidences, value, "Confidence");

/** @throws RangeError when a timestamp is out of bounds */
export function filterToWire(filter: ContractKeyFilter) {
  const { contract, key, expressions, asValueType } = filter;
  return { contract, filter: { key, expression: expressions.map(expressionToWire) }, asValueType };
}

/** @throws TypeError when a part is absent; RangeError for what is not known here */
export function filterFromWire(message: Omit<ContractKeyFilterMessage, "$typeName">): ContractKeyFilter {
  const { address, name } = required(message.contract, "contract");
  const { key, expression } = required(message.filter, "filter");
  return {
    contract: { address, name },
    key,
    expressions: expression.map(expressionFromWire),
    asValueType: message.asValueType,
  };
}

/** @throws RangeError when the count is out of bounds */
export function orderToWire({ sortBy, limit }: LimitAndSort): MessageInitShape<typeof LimitAndSortSchema> {
  return {
    sortBy: sortBy.map(({ by, direction }) => ({ sortType: sorts[by], direction: directions[direction] })),
    limit: {
      count: uint64(limit?.count ?? 0n, "Count"),
      ...(limit?.cursor === undefined ? {} : { cursor: limit.cursor }),
      ...(limit?.direction === undefined ? {} : { direction: cursors[limit.direction] }),
    },
  };
}

/** @throws RangeError for an unknown value */
export function orderFromWire(message: LimitAndSortMessage | undefined): LimitAndSort {
  const { sortBy, limit } = required(message, "limit_and_sort");
  const { count = 0n, cursor, direction } = limit ?? {};
  const given = count !== 0n || cursor !== undefined || direction !== undefined;
  return {
    sortBy: sortBy.map(({ sortType, direction: to }) => ({
      by: named(sorts, sortType, "SortType"),
      direction: named(directions, to, "SortDirection"),
    })),
    ...(given && {
      limit: {
        count,
        ...(cursor === undefined ? {} : { cursor }),
        ...(direction === undefined ? {} : { direction: named(cursors, direction, "CursorDirection") }),
      },
    }),
  };
}

function expressionToWire(expression: Expression): MessageInitShape<typeof ExpressionSchema> {
  if (isBoolean(expression)) {
    const value = {
      booleanOperator: booleans[expression.kind],
      expression: expression.expressions.map(expressionToWire),
    };
    return { evaluator: { case: "booleanExpression", value } };
  }
  return { evaluator: { case: "primitive", value: { primitive: primitiveToWire(expression) } } };
}

function isBoolean(expression: Expression): expression is BooleanExpression {
  return expression.kind === "and" || expression.kind === "or";
}

function primitiveToWire(expression: PrimitiveExpression): PrimitiveInit {
  switch (expression.kind) {
    case "comparator": {
      const valueComparators = expression.comparisons.map(({ value, operator }) => ({
        value: versionedToWire(value),
        operator: operators[operator],
      }));
      return { case: "comparator", value: { name: expression.name, valueComparators } };
    }
    case "block":
      return { case: "block", value: { blockNumber: expression.height, operator: operators[expression.operator] } };
    case "timestamp": {
      const timestamp = uint64(expression.seconds, "Timestamp");
      return { case: "timestamp", value: { timestamp, operator: operators[expression.operator] } };
    }
    case "confidence":
      return { case: "confidence", value: confidences[expression.confidence] };
    case "tx-hash":
      return { case: "txHash", value: { txHash: expression.hash } };
  }
}

type PrimitiveInit = NonNullable<
  Extract<MessageInitShape<typeof ExpressionSchema>["evaluator"], { case: "primitive" }>["value"]["primitive"]
>;

function expressionFromWire({ evaluator }: ExpressionMessage): Expression {
  if (evaluator.case === "booleanExpression") {
    const { booleanOperator, expression } = evaluator.value;
    return {
      kind: named(booleans, booleanOperator, "BooleanOperator"),
      expressions: expression.map(expressionFromWire),
    };
  }
  return primitiveFromWire(evaluator.value?.primitive ?? { case: undefined });
}

function primitiveFromWire(primitive: Primitive["primitive"]): Expression {
  switch (primitive.case) {
    case "comparator": {
      const comparisons = primitive.value.valueComparators.map(({ value, operator }) => ({
        value: versionedFromWire(value, "value"),
        operator: named(operators, operator, "ComparisonOperator"),
      }));
      return { kind: "comparator", name: primitive.value.name, comparisons };
    }
    case "block": {
      const { blockNumber, operator } = primitive.value;
      return { kind: "block", height: blockNumber, operator: named(operators, operator, "ComparisonOperator") };
    }
    case "timestamp": {
      const { timestamp, operator } = primitive.value;
      return { kind: "timestamp", seconds: timestamp, operator: named(operators, operator, "ComparisonOperator") };
    }
    case "confidence":
      return { kind: "confidence", confidence: confidenceFromWire(primitive.value) };
    case "txHash":
      return { kind: "tx-hash", hash: primitive.value.txHash };
    default:
      throw new TypeError("Cannot read the message: an expression is neither a primitive nor a boolean expression");
  }
}

function named<Name extends string>(names: Readonly<Record<Name, number>>, value: number, what: string): Name {
  for (const name in names) if (names[name] === value) return name;
  throw new RangeError(`unknown ${what} ${value}`);
}
