/**
 * Faults on purpose: rules that delay calls, fail them, lose their answers, or end the instance during them, so that a program can
 * be tried against a plugin that behaves like that. Rules belong to the plugin, not to one of its instances.
 */
import { Code, ConnectError } from "@connectrpc/connect";
import { Health } from "../../proto/gen/grpc/health/v1/health_pb.ts";
import { Diagnostics } from "../../proto/gen/loopp/v1/diagnostics_pb.ts";
import { check } from "../../transports/options/check.ts";
import {
  andThen,
  expected,
  flag,
  listOf,
  numberFrom,
  object,
  refusal,
  type Schema,
  text,
} from "../../transports/options/schema.ts";
import { aborted } from "../../transports/time/abort.ts";
import { sleep } from "../../transports/time/sleep.ts";
import { defined } from "../values/defined.ts";
import type { CallHook, CallWatch, HookedCallInfo, HookedInstance } from "./hooks/hook.ts";

/**
 * Which calls a fault strikes, and what it does. A rule selects by `service`, `method`, `nth` and `chance`; a call must match all
 * that are given. Of several rules, the first that strikes decides. Delays use real time, whatever the runtime's clock.
 */
export interface FaultRule {
  /**
   * The service's full name, such as `Greeter.typeName`. @default every service but the two by which the host asks for health and
   * metrics, `grpc.health.v1.Health` and `loopp.v1.Diagnostics`: these must be named
   */
  readonly service?: string;
  /** The method's name as in its .proto file, such as "Greet". @default every method */
  readonly method?: string;
  /** Only the call with this number, from 1, of those that match by name since the rule was set. @default every call */
  readonly nth?: number;
  /** How likely the fault strikes, 0 to 1. @default 1 */
  readonly chance?: number;
  /** Wait before the call is sent, in milliseconds. */
  readonly delayMs?: number;
  /** Wait before each message of the answer to a stream, in milliseconds. */
  readonly slowStreamMs?: number;
  /** The call is not sent and fails with this. */
  readonly error?: FaultError;
  /** The plugin handles the call, but its answer is lost: the caller's deadline or signal ends the call. */
  readonly drop?: boolean;
  /** The call is never sent: the caller's deadline or signal ends it. */
  readonly hang?: boolean;
  /** The instance is killed with the call in flight: SIGKILL for a process, termination for a thread. The restart policy takes over. */
  readonly crash?: boolean;
}

export interface FaultError {
  readonly code: Code;
  /** @default "a fault on purpose" */
  readonly message?: string;
}

/** The faults of one plugin, which can be changed while it runs. */
export interface Faults {
  /** The rules in force. */
  readonly rules: readonly FaultRule[];
  /** Replaces all rules; their counts start again at 0. Calls in flight keep the faults that they have. @throws TypeError that names the path */
  set(rules: readonly FaultRule[]): void;
  clear(): void;
}

export interface FaultInjector extends Faults {
  /** The hook that applies the rules to the calls of one instance. */
  hookOf(instance: HookedInstance): CallHook;
}

/** @param onStrike called each time that a fault strikes, with one line about it */
export function createFaultInjector(
  plugin: string,
  initial: readonly FaultRule[],
  onStrike: (message: string, generation: number) => void,
): FaultInjector {
  let armed = initial.map(arm);

  /** The rule that strikes. Every rule counts the calls that match it, including those that another rule strikes. */
  function strike(call: HookedCallInfo): FaultRule | undefined {
    let striking: FaultRule | undefined;
    for (const one of armed) {
      const { rule } = one;
      if (!matches(rule, call)) continue;
      one.seen++;
      if (striking !== undefined || (rule.nth !== undefined && rule.nth !== one.seen)) continue;
      if (rule.chance === undefined || Math.random() < rule.chance) striking = rule;
    }
    return striking;
  }

  return {
    get rules() {
      return armed.map(({ rule }) => rule);
    },
    set(rules) {
      armed = check(faultRules, rules, `plugins.${plugin}.faults`).map(arm);
    },
    clear() {
      armed = [];
    },
    hookOf: (instance) => (call) => {
      if (armed.length === 0) return undefined;
      const rule = strike(call);
      if (rule === undefined) return undefined;
      onStrike(`a fault on ${call.service}/${call.method}: ${describeFault(rule)}`, instance.generation);
      return rule.delayMs === undefined
        ? inflict(rule, call, instance)
        : inflictLate(rule, rule.delayMs, call, instance);
    },
  };
}

function arm(rule: FaultRule): { rule: FaultRule; seen: number } {
  return { rule, seen: 0 };
}

function matches({ service, method }: FaultRule, call: HookedCallInfo): boolean {
  const byService = service === undefined ? !hostServices.includes(call.service) : service === call.service;
  return byService && (method === undefined || method === call.method);
}

/** Services that the host calls to look after a plugin, not for a user. */
const hostServices: readonly string[] = [Health.typeName, Diagnostics.typeName];

function inflict(rule: FaultRule, call: HookedCallInfo, instance: HookedInstance): CallWatch | Promise<undefined> {
  const { error, slowStreamMs } = rule;
  if (error !== undefined) throw new ConnectError(error.message ?? "a fault on purpose", error.code);
  // The caller learns of the call's end before this.
  const ended = () => aborted(call.signal);
  if (rule.hang) return ended().then(() => undefined);
  return {
    ...(rule.crash ? { sent: () => instance.kill() } : {}),
    ...(rule.drop ? { beforeAnswer: ended } : {}),
    ...(slowStreamMs === undefined ? {} : { beforeMessage: () => sleep(slowStreamMs, { signal: call.signal }) }),
  };
}

async function inflictLate(
  rule: FaultRule,
  delayMs: number,
  call: HookedCallInfo,
  instance: HookedInstance,
): Promise<CallWatch | undefined> {
  await sleep(delayMs, { signal: call.signal });
  return call.signal.aborted ? undefined : inflict(rule, call, instance);
}

function describeFault({ delayMs, slowStreamMs, error, drop, hang, crash }: FaultRule): string {
  return [
    delayMs === undefined ? undefined : `it waits ${delayMs} ms`,
    slowStreamMs === undefined ? undefined : `each message waits ${slowStreamMs} ms`,
    error === undefined ? undefined : `it fails with ${Code[error.code]}`,
    drop ? "its answer is lost" : undefined,
    hang ? "it is never sent" : undefined,
    crash ? "the instance is killed during it" : undefined,
  ]
    .filter((part) => part !== undefined)
    .join(", ");
}

const connectCode = expected(
  "a code, such as Code.Unavailable",
  (value): value is Code => typeof value === "number" && Code[value] !== undefined,
);

const faultError: Schema<FaultError> = andThen(object({ code: connectCode, message: text }), ({ code, message }) =>
  code === undefined
    ? refusal("expected a code, such as Code.Unavailable", "code")
    : { value: { code, ...defined({ message }) } },
);

const ordinal = expected(
  "a whole number of at least 1",
  (value): value is number => Number.isSafeInteger(value) && Number(value) >= 1,
);

const ends = ["error", "drop", "hang", "crash"] as const;

const rule = object({
  service: text,
  method: text,
  nth: ordinal,
  chance: numberFrom(0, 1),
  delayMs: numberFrom(0),
  slowStreamMs: numberFrom(0),
  error: faultError,
  drop: flag,
  hang: flag,
  crash: flag,
});

/** Rules as users write them. */
export const faultRules: Schema<readonly FaultRule[]> = listOf(
  andThen(rule, (value) => {
    const ending = ends.filter((name) => value[name] !== undefined && value[name] !== false);
    if (ending.length === 0 && value.delayMs === undefined && value.slowStreamMs === undefined) {
      return refusal(`expected a fault: one of delayMs, slowStreamMs, ${ends.join(", ")}`);
    }
    if (ending.length > 1) return refusal(`expected one of ${ends.join(", ")}, got ${ending.join(" and ")}`);
    return { value };
  }),
);
