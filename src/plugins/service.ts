/** The part that everything with a lifetime has in common, for things that are healthy as long as they exist. */
import type { Service } from "../loop/types.ts";

/**
 * @param name the component's dotted logger name
 * @param close frees what the thing holds; called once at most
 */
export function createService(name: string, close: () => void | Promise<void> = () => {}): Service {
  let closing: Promise<void> | undefined;
  return {
    name: () => name,
    async ready() {
      if (closing !== undefined) throw new Error(`Cannot use ${name}: it is closed`);
    },
    healthReport: async () => new Map([[name, closing === undefined ? "" : "closed"]]),
    async close() {
      closing ??= Promise.resolve(close());
      await closing;
    },
  };
}
