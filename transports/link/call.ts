/** What calls and their link know of each other. */
import type { ConnectError } from "@connectrpc/connect";
import type { FrameReader } from "./frame-reader.ts";
import type { FrameWriter } from "./frame-writer.ts";

/** One call, on either end of it. */
export interface LinkedCall {
  /** The server that it is for. */
  readonly target: number;
  /** @throws FrameError for one that cannot come here */
  onFrame(frame: FrameReader): void;
  /** Ends it on both sides. */
  close(error: ConnectError): void;
}

/** What calls need of their link. */
export interface LinkCore {
  readonly out: FrameWriter;
  readonly maxMessageBytes: number;
  /** Whether the call of this number has not ended on this side. */
  isOpen(id: number): boolean;
  open(id: number, call: LinkedCall): void;
  /** Ends it on this side. False: it had ended. */
  end(id: number): boolean;
}
