/** What the node's log says of orders to plugins: one line for each, with who gave it, and one a second for those that were refused. */
import type { Logger } from "../../transports/plugin.ts";
import type { Order } from "../server/admin.ts";
import { shorten } from "../values/text.ts";

/** A client that tries tokens must not fill the log. */
const quietMs = 1000;

export function createOrderLog(log: Logger): (order: Order) => void {
  /** Refused since the last line about one; `undefined` when the next one has a line of its own. */
  let untold: number | undefined;

  function tellRest(): void {
    if (untold !== undefined && untold > 0) log.warn("More orders to plugins were refused", { orders: untold });
    untold = undefined;
  }

  return ({ verb, plugin, transport, address, by, status, durationMs }) => {
    const fields = { order: verb, plugin: shorten(plugin, 100), by, address, status };
    if (by === "none") {
      if (untold !== undefined) return void untold++;
      untold = 0;
      setTimeout(tellRest, quietMs).unref();
      log.warn("An order to a plugin was refused", fields);
    } else if (status === 200) {
      log.info("An order to a plugin was carried out", {
        ...fields,
        ...(transport === undefined ? {} : { transport }),
        durationMs,
      });
    } else log.warn("An order to a plugin failed", { ...fields, durationMs });
  };
}
