/**
 * The transport suite: what every transport owes its users, told through the conformance plugin. A new transport is finished
 * when it passes unchanged; what a transport cannot do by its nature is skipped by its capabilities.
 */
import { describe } from "vitest";
import { testBackpressure } from "./backpressure.ts";
import { testBroker } from "./broker.ts";
import { testBytes } from "./bytes.ts";
import { testCalls } from "./calls.ts";
import { testDeadlines } from "./deadlines.ts";
import { testDiagnostics } from "./diagnostics.ts";
import { testEnd } from "./end.ts";
import { testErrors } from "./errors.ts";
import { testFailedLaunch } from "./failed-launch.ts";
import { testMessageLimit } from "./message-limit.ts";
import { testMetadata } from "./metadata.ts";
import { createSubject, type SuiteTarget } from "./subject.ts";

export type { SuiteTarget } from "./subject.ts";

/** Declares the suite's tests, with vitest. */
export function transportSuite(target: SuiteTarget): void {
  describe(`transport: ${target.name}`, () => {
    const subject = createSubject(target);
    testCalls(subject);
    testMetadata(subject);
    testErrors(subject);
    testDeadlines(subject);
    testBackpressure(subject);
    testMessageLimit(subject);
    testBytes(subject);
    testBroker(subject);
    testDiagnostics(subject);
    testEnd(subject);
    testFailedLaunch(subject);
  });
}
