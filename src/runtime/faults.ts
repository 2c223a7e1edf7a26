/**
 * Faults on purpose: rules that delay calls, fail them, lose their answers, or end the instance during them, so that a program can
 * be tried against a plugin that behaves like that. Rules belong to the plugin, not to one of its instances.
 */
import { Code, ConnectError } from "@connectrpc/connect";
import { Health } from "../../proto/gen/grpc/health/v1/health_pb.ts";
import { Diagnostics } from "../../proto/gen/loopp/v1/diagnostics_pb.ts";
import { endingCalls } from "../../transports/calls/ending.ts";
import { ignore } from "../../transports/calls/iterables.ts";
import { deferReply } from "../../transports/calls/lanes.ts";
import { OpenCalls } from "../../transports/calls/open-calls.ts";
import type { Called, Carrier } from "../../transports/connection.ts";
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
import { sleep } from "../../transports/time/sleep.ts";
import { defined } from "../values/defined.ts";

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

/** An instance whose calls are struck. */
export interface StruckInstance {
  readonly generation: number;
  /** Ends it by force. */
  kill(): void;
}

export interface FaultInjector extends Faults {
  /**
   * The same carrier, to whose calls the rules apply. While there are none, calls pass as if it were not there.
   * @param ended aborts when the carrier can carry no more calls, for the reason by which they end
   */
  over<T>(carrier: Carrier<T>, instance: StruckInstance, ended: AbortSignal): Carrier<T>;
}

/** @param onStrike called each time that a fault strikes, with one line about it */
export function createFaultInjector(
  plugin: string,
  initial: readonly FaultRule[],
  onStrike: (message: string, generation: number) => void,
): FaultInjector {
  let armed = initial.map(arm);

  /** The rule that strikes. Every rule counts the calls that match it, including those that another rule strikes. */
  function strike(call: Called): FaultRule | undefined {
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
    over<T>(carrier: Carrier<T>, instance: StruckInstance, ended: AbortSignal): Carrier<T> {
      const note = (call: Called) => {
        const rule = strike(call);
        if (rule !== undefined)
          onStrike(`a fault on ${call.path.slice(1)}: ${describeFault(rule)}`, instance.generation);
        return rule;
      };
      // The caller, its deadline and the instance end a call also while a fault holds it.
      const struck = endingCalls(withFaults(carrier, note, instance), new OpenCalls(ended));
      return {
        unary: (call) => (armed.length === 0 ? carrier : struck).unary(call),
        stream: (call) => (armed.length === 0 ? carrier : struck).stream(call),
      };
    },
  };
}

/** @param ruleOf the rule that strikes a call */
function withFaults<T>(
  carrier: Carrier<T>,
  ruleOf: (call: Called) => FaultRule | undefined,
  instance: StruckInstance,
): Carrier<T> {
  return {
    unary(call) {
      const rule = ruleOf(call);
      if (rule === undefined) return carrier.unary(call);
      return after(before(rule, call), () => {
        const reply = carrier.unary(call);
        if (rule.crash) instance.kill();
        return rule.drop ? reply.catch(ignore).then(never) : reply;
      });
    },
    stream(call) {
      const rule = ruleOf(call);
      if (rule === undefined) return carrier.stream(call);
      const { slowStreamMs } = rule;
      return deferReply(
        after(before(rule, call), async () => {
          const reply = carrier.stream(call);
          if (rule.crash) instance.kill();
          if (rule.drop) await never();
          return slowStreamMs === undefined ? reply : { ...reply, output: slowed(reply.output, slowStreamMs, call) };
        }),
      );
    },
  };
}

/** At once where there is nothing to wait for: the next call must not be sent to an instance that this one has killed. */
function after<T>(waiting: Promise<void> | undefined, send: () => Promise<T>): Promise<T> {
  return waiting === undefined ? send() : waiting.then(send);
}

/** What a fault does before the call is sent; rejects with an error to send instead of it. */
function before({ delayMs, error, hang }: FaultRule, { signal }: Called): Promise<void> | undefined {
  const strike = () => {
    if (error !== undefined) return Promise.reject(new ConnectError(error.message ?? "a fault on purpose", error.code));
    // Where the call has ended meanwhile, its caller knows.
    return hang || signal?.aborted ? never() : undefined;
  };
  return delayMs === undefined ? strike() : sleep(delayMs, { signal }).then(strike);
}

/** Until the call is ended by something else. */
function never(): Promise<never> {
  return new Promise(() => {});
}

async function* slowed<T>(messages: AsyncIterable<T>, ms: number, { signal }: Called): AsyncGenerator<T> {
  for await (const message of messages) {
    await sleep(ms, { signal });
    yield message;
  }
}

function arm(rule: FaultRule): { rule: FaultRule; seen: number } {
  return { rule, seen: 0 };
}

function matches({ service, method }: FaultRule, { path }: Called): boolean {
  const [, calledService = "", calledMethod] = path.split("/");
  const byService = service === undefined ? !hostServices.includes(calledService) : service === calledService;
  return byService && (method === undefined || method === calledMethod);
}

/** Services that the host calls to look after a plugin, not for a user. */
const hostServices: readonly string[] = [Health.typeName, Diagnostics.typeName];

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
