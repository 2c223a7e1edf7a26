/** A store in memory: it outlives the engines that use it, and is lost with the process. */
import type { ContractConfig, ReportTimestamp } from "../loop/types.ts";
import { toHex } from "../values/bytes.ts";
import type { OracleStore, PendingTransmission, ProtocolState } from "./store.ts";

export function createMemoryStore(): OracleStore {
  let inForce: ContractConfig | undefined;
  const states = new Map<string, ProtocolState>();
  const pending = new Map<string, PendingTransmission>();
  const keyOf = ({ configDigest, epoch, round }: ReportTimestamp) => `${toHex(configDigest)}/${epoch}/${round}`;
  return {
    config: async () => inForce,
    async writeConfig(config) {
      inForce = config;
    },
    state: async (configDigest) => states.get(toHex(configDigest)),
    async writeState(configDigest, state) {
      states.set(toHex(configDigest), state);
    },
    async pendingTransmissions(configDigest) {
      const prefix = `${toHex(configDigest)}/`;
      return [...pending].filter(([key]) => key.startsWith(prefix)).map(([, transmission]) => transmission);
    },
    async writePendingTransmission(transmission) {
      pending.set(keyOf(transmission.context.reportTimestamp), transmission);
    },
    async deletePendingTransmission(timestamp) {
      pending.delete(keyOf(timestamp));
    },
    async deletePendingTransmissionsBefore(time) {
      for (const [key, { dueAt }] of pending) if (dueAt < time) pending.delete(key);
    },
  };
}
