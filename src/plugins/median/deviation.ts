/** Decides whether a new value deviates from the old one: the built-in rule, and the rule for yields of Pendle markets. */

/** @param thresholdPpb parts per billion */
export type DeviationFunction = (thresholdPpb: bigint, previous: bigint, current: bigint) => boolean;

const billion = 1_000_000_000n;
const secondsPerYear = 31_536_000;
const defaultMultiplier = 10n ** 18n;

/**
 * The built-in rule, in exact arithmetic. A change of exactly the threshold deviates; from zero, every other value deviates.
 */
export const deviatesRelatively: DeviationFunction = (thresholdPpb, previous, current) => {
  if (previous === 0n) return current !== 0n;
  return magnitude(current - previous) * billion >= thresholdPpb * magnitude(previous);
};

/**
 * Reads a job's `deviationFunc`.
 * @param definition JSON; empty or `undefined` means {@link deviatesRelatively}
 * @param now milliseconds since 1970
 * @throws SyntaxError when it is not JSON
 * @throws TypeError that names the invalid key
 */
export function parseDeviationFunction(definition: Uint8Array | undefined, now: () => number): DeviationFunction {
  if (definition === undefined || definition.length === 0) return deviatesRelatively;
  const { type, expiresAt, multiplier = String(defaultMultiplier) } = parseObject(definition);
  if (type !== "pendle") {
    throw new TypeError(`Cannot use deviationFunc: type is ${JSON.stringify(type)}, it must be "pendle"`);
  }
  if (typeof expiresAt !== "number" || !Number.isFinite(expiresAt)) {
    throw new TypeError(
      `Cannot use deviationFunc: expiresAt is ${JSON.stringify(expiresAt)}, it must be a number of seconds since 1970`,
    );
  }
  if (typeof multiplier !== "string" || !/^[0-9]*[1-9][0-9]*$/.test(multiplier)) {
    throw new TypeError(
      `Cannot use deviationFunc: multiplier is ${JSON.stringify(multiplier)}, it must be a positive decimal integer in quotes`,
    );
  }
  return createPendleDeviation({ expiresAtMs: expiresAt * 1000, multiplier: BigInt(multiplier), now });
}

/** Values are yearly rates times `multiplier`. A change is measured by its effect on the price until expiry. */
function createPendleDeviation(options: {
  expiresAtMs: number;
  multiplier: bigint;
  now: () => number;
}): DeviationFunction {
  const { expiresAtMs, multiplier, now } = options;
  return (thresholdPpb, previous, current) => {
    const years = (expiresAtMs - now()) / 1000 / secondsPerYear;
    const rateChange = Number(magnitude(current - previous)) / Number(multiplier);
    return rateChange * years > Math.log1p(Number(thresholdPpb) / Number(billion));
  };
}

function parseObject(definition: Uint8Array): Record<string, unknown> {
  let parsed: unknown;
  try {
    parsed = JSON.parse(new TextDecoder().decode(definition));
  } catch (cause) {
    throw new SyntaxError("Cannot use deviationFunc: it is not JSON", { cause });
  }
  if (typeof parsed !== "object" || parsed === null || Array.isArray(parsed)) {
    throw new TypeError("Cannot use deviationFunc: it must be a JSON object with a type");
  }
  return { ...parsed };
}

function magnitude(value: bigint): bigint {
  return value < 0n ? -value : value;
}
