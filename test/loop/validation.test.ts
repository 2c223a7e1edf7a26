import { createClient } from "@connectrpc/connect";
import { describe, expect, it } from "vitest";
import { ValidationService as ValidationServiceRpc } from "../../proto/gen/loop/validate_config_pb.ts";
import { createValidationServiceClient } from "../../src/loop/validation/client.ts";
import { validationServiceRoutes } from "../../src/loop/validation/server.ts";
import { createSampleService, type Recorded, recording } from "./samples.ts";
import { pairs } from "./support.ts";

describe.each(pairs)("a validation service over $name", ({ create }) => {
  async function connect(validateConfig: (config: object) => Promise<void> = async () => {}) {
    const calls: Recorded[] = [];
    const service = recording({ ...createSampleService("Validation"), validateConfig }, calls);
    const connection = await create().main(validationServiceRoutes(service));
    return { calls, connection, client: createValidationServiceClient(connection) };
  }

  it("gets the whole config and the caller's deadline", async () => {
    const { calls, client } = await connect();
    const config = { isGoodConfig: true, list: [1.5, "two", null], inner: { deep: {} } };
    await client.validateConfig(config, { timeoutMs: 60_000 });
    expect(calls).toMatchObject([
      { method: "validateConfig", args: [config], options: { timeoutMs: expect.any(Number) } },
    ]);
  });

  it("fails with the text of its error", async () => {
    const { client } = await connect(async () => Promise.reject(new Error("pluginConfig.limit: too small")));
    await expect(client.validateConfig({})).rejects.toMatchObject({ rawMessage: "pluginConfig.limit: too small" });
  });

  it("treats a missing config as an empty one", async () => {
    const { calls, connection } = await connect();
    await createClient(ValidationServiceRpc, connection.transport).validateConfig({});
    expect(calls).toMatchObject([{ args: [{}] }]);
  });

  it("is also a service", async () => {
    const { calls, client } = await connect();
    await client.ready();
    expect(await client.healthReport()).toEqual(
      new Map([
        ["ValidationServiceClient", ""],
        ["ValidationServiceClient.Validation", ""],
      ]),
    );
    await client.close();
    expect(calls.map(({ method }) => method)).toEqual(["ready", "healthReport", "close"]);
  });
});
