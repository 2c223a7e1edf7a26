/** What the node's log says of orders to plugins. */
import { expect, it } from "vitest";
import { createOrderLog } from "../../src/node/order-log.ts";
import type { Order } from "../../src/server/admin.ts";
import { until } from "../../src/testing/until.ts";
import { createLogger } from "../../transports/logs/log.ts";

it("each order is a line with who gave it and what became of it, and refused ones are counted within a second", async () => {
  const lines: unknown[][] = [];
  const tell = createOrderLog(createLogger(({ level, message, fields }) => lines.push([level, message, fields])));
  const order = { verb: "switch", plugin: "median.widget", address: "192.0.2.1", durationMs: 7 };
  tell({ ...order, transport: "worker", by: "token", status: 200 });
  tell({ ...order, by: "local", status: 503 });
  const refused: Order = { ...order, by: "none", status: 401 };
  for (let n = 0; n < 80; n++) tell({ ...refused, plugin: "x".repeat(10_000) });
  const fields = { order: "switch", plugin: "median.widget", address: "192.0.2.1" };
  await until("the rest is told", () => lines.length === 4);
  expect(lines).toEqual([
    [
      "info",
      "An order to a plugin was carried out",
      { ...fields, by: "token", status: 200, transport: "worker", durationMs: 7 },
    ],
    ["warn", "An order to a plugin failed", { ...fields, by: "local", status: 503, durationMs: 7 }],
    [
      "warn",
      "An order to a plugin was refused",
      { ...fields, plugin: `${"x".repeat(100)}...`, by: "none", status: 401 },
    ],
    ["warn", "More orders to plugins were refused", { orders: 79 }],
  ]);
  tell(refused);
  expect(lines.at(-1)).toEqual(["warn", "An order to a plugin was refused", { ...fields, by: "none", status: 401 }]);
});
