/** Calls `loop.ErrorLog`. */
import { createClient } from "@connectrpc/connect";
import { ErrorLog as ErrorLogRpc } from "../../../proto/gen/loop/median_pb.ts";
import type { CallTarget } from "../connection.ts";
import type { ErrorLog } from "./types.ts";

export function createErrorLogClient(target: CallTarget): ErrorLog {
  const client = createClient(ErrorLogRpc, target.transport);
  return {
    async saveError(message, options) {
      await client.saveError({ message }, options);
    },
  };
}
