/** gRPC's form of a deadline: at most eight digits and a unit. */
import { Code, ConnectError } from "@connectrpc/connect";
import { longestTimerMs } from "../time/clock.ts";

/** Whole milliseconds, or seconds where those are too many: anything else is refused by grpc-go, some of it as a protocol error. */
export function formatTimeout(timeoutMs: number): string {
  const whole = Math.max(0, Math.ceil(timeoutMs));
  return whole <= 99_999_999 ? `${whole}m` : `${Math.min(99_999_999, Math.ceil(whole / 1000))}S`;
}

const unitMs: Readonly<Record<string, number>> = { H: 3_600_000, M: 60_000, S: 1000, m: 1, u: 0.001, n: 0.000_001 };

/**
 * In milliseconds; undefined where no timer can wait so long.
 * @throws ConnectError InvalidArgument for a deadline that is not in gRPC's form
 */
export function readTimeout(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const [, digits, unit] = /^(\d{1,8})([HMSmun])$/.exec(text) ?? [];
  if (digits === undefined || unit === undefined) {
    throw new ConnectError(`protocol error: invalid grpc timeout value: ${text}`, Code.InvalidArgument);
  }
  const timeoutMs = Number(digits) * (unitMs[unit] ?? 1);
  return timeoutMs < longestTimerMs ? timeoutMs : undefined;
}
