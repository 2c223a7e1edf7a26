/**
 * Copies of messages where nothing is encoded. What there is to copy of a message is found once for its schema, which protobuf-es's own
 * `clone` finds each time anew: it takes several times as long. What is rare is left to it.
 */
import {
  clone,
  create,
  type DescEnum,
  type DescField,
  type DescMessage,
  type DescOneof,
  type Message,
  ScalarType,
} from "@bufbuild/protobuf";
import { isWrapperDesc } from "@bufbuild/protobuf/wkt";
import { Code } from "@connectrpc/connect";
import { decode, encode } from "./codec.ts";

/** A copy of a value, or {@link unfit}. */
type Copy = (value: unknown) => unknown;

/** The answer for a value that a field cannot have, or that may have several forms. */
const unfit: unique symbol = Symbol("unfit");

interface Member {
  readonly name: string;
  readonly mayBeAbsent: boolean;
  readonly copy: Copy;
}

interface Plan {
  readonly members: readonly Member[];
  /** Has the zero values of fields that are absent; `undefined` where it is that of all objects. */
  readonly prototype: object | undefined;
}

const plans = new WeakMap<DescMessage, Plan>();

/**
 * A copy of a message, with the outcome of encoding it.
 * @throws ConnectError Internal for one that cannot be encoded
 */
export function copyMessage(schema: DescMessage, message: Message): Message {
  const copy = copyBy(schema, message);
  if (copy !== unfit) return copy as Message;
  try {
    return clone(schema, message);
  } catch {
    // It refuses what encoding mends (half a character becomes U+FFFD), and says of the rest not what the other transports say.
    return decode(schema, encode(schema, message, Number.POSITIVE_INFINITY), Number.POSITIVE_INFINITY, Code.Internal);
  }
}

function copyBy(schema: DescMessage, value: unknown): unknown {
  if (typeof value !== "object" || value === null) return unfit;
  const message = value as Record<string, unknown>;
  if (message.$typeName !== schema.typeName) return unfit;
  const { members, prototype } = planOf(schema);
  const copy: Record<string, unknown> = prototype === undefined ? {} : Object.create(prototype);
  copy.$typeName = schema.typeName;
  for (const member of members) {
    const field = message[member.name];
    if (field === undefined || (prototype !== undefined && !Object.hasOwn(message, member.name))) {
      if (member.mayBeAbsent) continue;
      return unfit;
    }
    const copied = member.copy(field);
    if (copied === unfit) return unfit;
    copy[member.name] = copied;
  }
  if (message.$unknown !== undefined) copy.$unknown = [...(message.$unknown as unknown[])];
  return copy;
}

function planOf(schema: DescMessage): Plan {
  let plan = plans.get(schema);
  if (plan === undefined) {
    const prototype: object = Object.getPrototypeOf(create(schema));
    plan = {
      members: schema.members.map((member) => (member.kind === "oneof" ? oneofOf(member) : memberOf(member))),
      prototype: prototype === Object.prototype ? undefined : prototype,
    };
    plans.set(schema, plan);
  }
  return plan;
}

function oneofOf({ localName: name, fields }: DescOneof): Member {
  const copies = new Map(fields.map((field) => [field.localName, memberOf(field).copy]));
  return {
    name,
    mayBeAbsent: false,
    copy(oneof) {
      const { case: chosen, value } = oneof as { readonly case?: string; readonly value?: unknown };
      if (chosen === undefined) return { case: undefined };
      const copied = copies.get(chosen)?.(value) ?? unfit;
      return copied === unfit ? unfit : { case: chosen, value: copied };
    },
  };
}

function memberOf(field: DescField): Member {
  const member = { name: field.localName, mayBeAbsent: field.presence !== implicit };
  switch (field.fieldKind) {
    case "scalar":
      return { ...member, copy: scalars[field.scalar] };
    case "enum":
      return { ...member, copy: enumCopy(field.enum) };
    case "message":
      return { ...member, copy: messageCopy(field.message, field.oneof === undefined) };
    case "list":
      return { ...member, copy: listCopy(elementCopy(field)) };
    case "map":
      // Rare, and their keys have kinds, too.
      return { ...member, copy: (map) => (Object.keys(map as object).length === 0 ? {} : unfit) };
  }
}

/** FieldPresence.IMPLICIT of descriptor.proto, whose enum would bring all of it. */
const implicit = 2;

function elementCopy(field: DescField & { readonly fieldKind: "list" }): Copy {
  if (field.message !== undefined) return messageCopy(field.message, false);
  return field.enum === undefined ? scalars[field.scalar] : enumCopy(field.enum);
}

/** Wrappers stand as their bare value in singular fields, and a Struct as JSON. */
function messageCopy(schema: DescMessage, isSingular: boolean): Copy {
  const hasOtherForm = (isSingular && isWrapperDesc(schema)) || schema.typeName === "google.protobuf.Struct";
  return hasOtherForm ? () => unfit : (value) => copyBy(schema, value);
}

function listCopy(copyElement: Copy): Copy {
  return (value) => {
    if (!Array.isArray(value)) return unfit;
    const copies: unknown[] = [];
    for (const element of value) {
      const copied = copyElement(element);
      if (copied === unfit) return unfit;
      copies.push(copied);
    }
    return copies;
  };
}

function enumCopy({ open, value: known }: DescEnum): Copy {
  return (value) => (isWhole(value, -(2 ** 31), 2 ** 31 - 1) && (open || known[value] !== undefined) ? value : unfit);
}

function isWhole(value: unknown, least: number, most: number): value is number {
  return Number.isInteger(value) && (value as number) >= least && (value as number) <= most;
}

const whole =
  (least: number, most: number): Copy =>
  (value) =>
    isWhole(value, least, most) ? value : unfit;
/** Where a schema asks for texts instead, they are left to others. */
const large =
  (least: bigint, most: bigint): Copy =>
  (value) =>
    typeof value === "bigint" && value >= least && value <= most ? value : unfit;
const int32 = whole(-(2 ** 31), 2 ** 31 - 1);
const uint32 = whole(0, 2 ** 32 - 1);
const int64 = large(-(2n ** 63n), 2n ** 63n - 1n);
const uint64 = large(0n, 2n ** 64n - 1n);
const largestFloat = 3.4028234663852886e38;

const scalars: Readonly<Record<ScalarType, Copy>> = {
  [ScalarType.DOUBLE]: (value) => (typeof value === "number" ? value : unfit),
  [ScalarType.FLOAT]: (value) =>
    typeof value === "number" && !(Number.isFinite(value) && Math.abs(value) > largestFloat) ? value : unfit,
  [ScalarType.BOOL]: (value) => (typeof value === "boolean" ? value : unfit),
  [ScalarType.STRING]: (value) => (typeof value === "string" && value.isWellFormed() ? value : unfit),
  // Not its own `slice`, by which a Buffer would share its memory.
  [ScalarType.BYTES]: (value) => (value instanceof Uint8Array ? new Uint8Array(value) : unfit),
  [ScalarType.INT32]: int32,
  [ScalarType.SINT32]: int32,
  [ScalarType.SFIXED32]: int32,
  [ScalarType.UINT32]: uint32,
  [ScalarType.FIXED32]: uint32,
  [ScalarType.INT64]: int64,
  [ScalarType.SINT64]: int64,
  [ScalarType.SFIXED64]: int64,
  [ScalarType.UINT64]: uint64,
  [ScalarType.FIXED64]: uint64,
};
