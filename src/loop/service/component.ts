/** `loop.Service` for objects that are healthy until they are closed. */
import type { Service } from "../types.ts";

/** A service with the parts that it has made. */
export interface Component extends Service {
  /**
   * Makes a service whose health is part of this one's report until it is closed, as in Chainlink's plugins.
   * @param name is appended to this service's name, after a dot
   */
  part(name: string, close?: () => void | Promise<void>): Component;
}

/**
 * @param name the component's dotted logger name
 * @param close frees what the component holds; called at most once
 */
export function createService(name: string, close: () => void | Promise<void> = () => {}): Component {
  const parts = new Set<Service>();
  let closing: Promise<void> | undefined;
  return {
    name: () => name,
    async ready() {
      if (closing !== undefined) throw new Error(`Cannot use ${name}: it is closed`);
    },
    async healthReport(options) {
      const reports = await Promise.all([...parts].map((part) => part.healthReport(options)));
      return new Map([[name, closing === undefined ? "" : "closed"], ...reports.flatMap((report) => [...report])]);
    },
    async close() {
      closing ??= Promise.resolve(close());
      await closing;
    },
    part(partName, closePart = () => {}) {
      const part = createService(`${name}.${partName}`, () => {
        parts.delete(part);
        return closePart();
      });
      parts.add(part);
      return part;
    },
  };
}
