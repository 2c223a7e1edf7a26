/** The test kit: for those who embed plugins and those who write them, in whatever test framework they use. */
export type { FaultError, FaultRule, Faults } from "../runtime/faults.ts";
export { type DescribePluginOptions, describePlugin, type PluginCase, type PluginCases } from "./describe-plugin.ts";
export { createFakeClock, type FakeClock } from "./fake-clock.ts";
export type { TestFramework } from "./framework.ts";
export { createTestRuntime, type TestRuntime, type TestRuntimeOptions } from "./test-runtime.ts";
