/**
 * What the thread of starter.ts runs. It has the next life's thread ready: Deno 2.9 lets a thread that was started by another wait a
 * second for a debugger.
 */
import { type MessagePort, parentPort } from "node:worker_threads";
import type { PluginExit } from "../transport.ts";
import { startThread } from "./thread.ts";

export interface StartRequest {
  readonly memoryLimitMb: number | undefined;
  /** For the guest. */
  readonly port: MessagePort;
  /** Where the end of the thread is told; the first message from there takes the thread away. */
  readonly control: MessagePort;
}
export type FromStarter =
  | { readonly type: "ended"; readonly exit: Partial<PluginExit> }
  | { readonly type: "destroyed" };

let next = startThread(undefined);

parentPort?.on("message", ({ memoryLimitMb, port, control }: StartRequest) => {
  const tell = (message: FromStarter) => control.postMessage(message);
  const thread = memoryLimitMb === undefined ? next : startThread(memoryLimitMb);
  void thread.run(port).then((exit) => tell({ type: "ended", exit }));
  control.once("message", async () => {
    await thread.destroy();
    tell({ type: "destroyed" });
    control.close();
  });
  if (thread === next) next = startThread(undefined);
});
