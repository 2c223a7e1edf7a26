/** Counts the listeners that wait for a signal, on every runtime alike. */
export function countListeners(signal: AbortSignal): () => number {
  const waiting = new Set<unknown>();
  const { addEventListener, removeEventListener } = signal;
  signal.addEventListener = (...args: Parameters<AbortSignal["addEventListener"]>) => {
    waiting.add(args[1]);
    addEventListener.apply(signal, args);
  };
  signal.removeEventListener = (...args: Parameters<AbortSignal["removeEventListener"]>) => {
    waiting.delete(args[1]);
    removeEventListener.apply(signal, args);
  };
  return () => waiting.size;
}
