import { Code, ConnectError } from "@connectrpc/connect";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Greeter } from "../../proto/gen/examples/greeter_pb.ts";
import { Conformance } from "../../proto/gen/loopp/v1/conformance_pb.ts";
import { createRuntime, findExit, type Runtime } from "../../src/index.ts";
import { until } from "../../src/testing/until.ts";
import { runtimeName } from "../../src/values/platform.ts";
import { createInProcessTransport } from "../../transports/in-process/index.ts";
import { createProcessTransport } from "../../transports/process/index.ts";
import { createWorkerTransport } from "../../transports/worker/index.ts";
import { readTable } from "./blocks.ts";

const page = "docs/transports.md";

describe("the table of what differs", () => {
  const rows = readTable(page, "| | in-process | worker | process |").map(([head = "", ...cells]) => ({
    name: /^`(\w+)`/.exec(head)?.[1] ?? head,
    cells,
  }));
  const transports = [createInProcessTransport(), createWorkerTransport(), createProcessTransport()];

  for (const [column, { kind, capabilities }] of transports.entries()) {
    it(`says of ${kind} what it says of itself on ${runtimeName}`, () => {
      const said = rows.map(({ name, cells }) => [name, meaning(cells[column] ?? "")]);
      expect(Object.fromEntries(said)).toEqual(capabilities);
    });
  }
});

function meaning(cell: string): boolean | string {
  switch (cell) {
    case "yes":
      return true;
    case "no":
      return false;
    case "not on Bun":
      return runtimeName !== "bun";
    default:
      return cell;
  }
}

const conformance = new URL("../../src/testing/conformance/conformance.plugin.ts", import.meta.url);
const megabyte = 1024 * 1024;

/** Makes each row of the table of errors happen. */
const makers: Readonly<Record<string, (runtime: Runtime) => Promise<unknown>>> = {
  "the handler threw an `Error`": (runtime) =>
    runtime.client("subject", Conformance).unary({ error: { plain: true, message: "no luck" } }),
  "the handler threw anything else": (runtime) =>
    runtime.client("subject", Conformance).unary({ error: { thrown: "an object" } }),
  "the handler waited for a signal, which aborted (`AbortError`)": (runtime) =>
    runtime.client("subject", Conformance).unary({ error: { thrown: "an aborted wait" } }),
  "the handler threw a `ConnectError`": (runtime) =>
    runtime.client("subject", Conformance).unary({
      error: { code: Code.FailedPrecondition, message: "not now", detail: [{ name: "a", value: "b" }] },
    }),
  "the handler threw a `ConnectError` with a code that gRPC does not have": (runtime) =>
    runtime.client("subject", Conformance).unary({
      error: { code: 42, message: "odd", detail: [{ name: "a", value: "b" }] },
    }),
  "the deadline passed": (runtime) => runtime.client("subject", Conformance).unary({ hang: true }, { timeoutMs: 50 }),
  "`timeoutMs` is not a number": (runtime) =>
    runtime.client("subject", Conformance).unary({}, { timeoutMs: Number.NaN }),
  "the caller aborted its signal": (runtime) =>
    runtime.client("subject", Conformance).unary({ hang: true }, { signal: AbortSignal.abort() }),
  "the request or the response cannot be encoded, such as 1.5 in an `int32`": (runtime) =>
    runtime.client("subject", Conformance).unary({ count: 1.5 }),
  "the plugin does not have the method": (runtime) => runtime.client("subject", Greeter).greet({}),
  "the request or the response was too long": (runtime) =>
    runtime.client("subject", Conformance).unary({ data: new Uint8Array(2 * megabyte) }),
  "the instance ended during the call": async (runtime) => {
    const plugin = runtime.plugin("subject");
    const call = plugin.client(Conformance).unary({ id: "last", hang: true });
    call.catch(() => {});
    const seen = () => plugin.client(Conformance).seen({ id: "last" });
    await until("the plugin has begun the call", async () => (await seen()).started === 1);
    plugin.kill();
    return call;
  },
  "the plugin was stopped, or has failed for good": async (runtime) => {
    await runtime.plugin("subject").stop();
    return runtime.client("subject", Conformance).unary({});
  },
  "`waitForReady` is false and there is no instance": async (runtime) => {
    const plugin = runtime.plugin("subject");
    const starting = plugin.start();
    const call = plugin.client(Conformance, { waitForReady: false }).unary({});
    return Promise.all([call, starting]);
  },
  "nothing is served under the id that was dialled at the broker": (runtime) =>
    runtime
      .plugin("subject")
      .resource({ create: ({ broker }) => broker.dial(99, { timeoutMs: 50 }) })
      .get(),
};

describe("the table of errors", () => {
  const rows = readTable(page, "| what happened | code | detail |");

  it("has a test for every row", () => {
    expect(rows.map(([what]) => what)).toEqual(Object.keys(makers));
  });

  for (const transport of ["in-process", "worker", "process"]) {
    describe(transport, () => {
      let runtime: Runtime;
      beforeAll(async () => {
        const plugin = { module: conformance, transport, maxMessageBytes: megabyte, restart: false } as const;
        runtime = await createRuntime({ plugins: { subject: plugin }, onLog: () => {} });
      });
      afterAll(() => runtime.close());

      for (const [what = "", code = "", detail = ""] of rows) {
        // Messages that nobody encodes have no length.
        if (transport === "in-process" && what.includes("too long")) continue;
        it(`is right where ${what}`, async () => {
          if (runtime.plugin("subject").state === "failed") await runtime.start();
          const error = await makers[what]?.(runtime).then(
            () => undefined,
            (thrown: unknown) => thrown,
          );
          expect(error).toBeInstanceOf(ConnectError);
          const { code: found, details } = error as ConnectError;
          const expected = code === "its own" ? "FailedPrecondition" : code.replaceAll("`", "");
          expect(Code[found]).toBe(expected);
          expect(details.length).toBe(detail.startsWith("none") ? 0 : 1);
          expect(findExit(error)?.plugin).toBe(detail.includes("PluginExit") ? "subject" : undefined);
        });
      }
    });
  }
});
