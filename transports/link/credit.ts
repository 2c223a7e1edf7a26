/** How far a stream's writer may be ahead of its reader. */
import { FrameError } from "./frames.ts";

/** Bytes of messages that may be on their way in one direction of one stream before the reader takes some. */
export const windowBytes = 1024 * 1024;
/** What a message costs beside its bytes: not more than a thousand are on their way at once, however small they are. */
export const messageOverheadBytes = 1024;

export interface Credit {
  /** Waits until something may be sent. False: it is no longer wanted. */
  spend(bytes: number): Promise<boolean>;
  /** @throws FrameError for more than was spent */
  add(bytes: number): void;
  close(): void;
}

/** A message may be sent while anything is left, whatever its length: a window smaller than a message must not stop it. */
export function createCredit(): Credit {
  let left = windowBytes;
  let open = true;
  let wake = () => {};
  return {
    async spend(bytes) {
      while (open && left <= 0) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
      left -= bytes;
      return open;
    },
    add(bytes) {
      left += bytes;
      if (left > windowBytes) throw new FrameError("Cannot accept a credit for bytes that were never sent");
      wake();
    },
    close() {
      open = false;
      wake();
    },
  };
}
