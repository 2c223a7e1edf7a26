/** The broker of a plugin on several threads: what one of them served or dialled, the others would not know. */
import { Code, ConnectError } from "@connectrpc/connect";
import type { Broker } from "../broker.ts";

export function refusingBroker(threads: number): Broker {
  const refuse = async (): Promise<never> => {
    throw new ConnectError(
      `a plugin on ${threads} threads has no broker, because its next call may come to another thread; leave out \`threads\` for one that ` +
        "needs it",
      Code.FailedPrecondition,
    );
  };
  return { serve: refuse, dial: refuse };
}
