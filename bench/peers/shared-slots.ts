/**
 * Slots in memory that two threads share, taken by turns: one thread fills a slot and raises `asked`, the other answers in the same
 * slot and raises `answered`. Nothing else, so it bounds what can be had of shared memory.
 */
export const slots = 64;
export const slotBytes = 64 * 1024;

export interface SharedSlots {
  readonly memory: SharedArrayBuffer;
  /** How many calls there have been: `asked` and `answered`. */
  readonly counters: Int32Array;
  readonly lengths: Int32Array;
  slot(call: number): Uint8Array;
}

export const asked = 0;
export const answered = 1;
const headInts = 2 + slots;

/** @param memory of the other thread; new memory without it */
export function sharedSlots(memory = new SharedArrayBuffer(headInts * 4 + slots * slotBytes)): SharedSlots {
  return {
    memory,
    counters: new Int32Array(memory, 0, 2),
    lengths: new Int32Array(memory, 8, slots),
    slot: (call) => new Uint8Array(memory, headInts * 4 + (call % slots) * slotBytes, slotBytes),
  };
}
