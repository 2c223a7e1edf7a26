/** Serves `loop.ErrorLog`. */
import { ErrorLog as ErrorLogRpc } from "../../../proto/gen/loop/median_pb.ts";
import type { Routes } from "../../../transports/connection.ts";
import { unary } from "../calls.ts";
import type { ErrorLog } from "./types.ts";

export function errorLogRoutes(errorLog: ErrorLog): Routes {
  return (router) => {
    router.service(ErrorLogRpc, {
      saveError: unary(async ({ message }, options) => {
        await errorLog.saveError(message, options);
        return {};
      }),
    });
  };
}
