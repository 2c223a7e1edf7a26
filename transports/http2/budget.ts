/**
 * Against floods: what costs this side work and the peer next to nothing is paid for from a budget. It fills again with time, and with what is of
 * use. Nothing has a limit of its own that a busy peer could meet: only who does little else runs out.
 */

export interface Budget {
  /** False: it has been used up. */
  spend(cost: number): boolean;
  earn(gain: number): void;
}

/**
 * @param most what may be spent at once
 * @param perSecond how fast it fills
 */
export function createBudget(most: number, perSecond: number, now: () => number = () => performance.now()): Budget {
  let left = most;
  let since = now();
  return {
    spend(cost) {
      left -= cost;
      if (left >= 0) return true;
      // The clock is looked at only where it matters.
      const time = now();
      left = Math.min(most, left + ((time - since) * perSecond) / 1000);
      since = time;
      return left >= 0;
    },
    earn(gain) {
      if (left < most) left += gain;
    },
  };
}
