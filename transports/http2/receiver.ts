/** What each frame of the peer does to a connection and to its streams. */
import { errorCode, Http2Error, protocolError } from "./errors.ts";
import { createFieldBlocks } from "./field-block.ts";
import type { FrameSink } from "./frame-reader.ts";
import { flag, frameType, largestWindowBytes, readUint31, readUint32 } from "./frames.ts";
import type { FieldSection } from "./hpack/decoder.ts";
import type { Sender } from "./sender.ts";
import { readSettings } from "./settings.ts";
import type { Stream } from "./stream.ts";

/** The connection, as far as frames are about it. */
export interface ReceivingEnd {
  readonly isServer: boolean;
  readonly maxFrameBytes: number;
  readonly maxFieldBytes: number;
  readonly connectionWindowBytes: number;
  readonly sender: Sender;
  readonly openStreams: ReadonlyMap<number, Stream>;
  /** A frame that is of little use. @throws Http2Error when there are too many */
  spend(cost: number): void;
  /** One that is of use. */
  earn(gain: number): void;
  /** @throws Http2Error when there are too many answers that the peer does not read */
  answer(): void;
  /** Whether a stream has not begun yet. */
  isIdle(id: number): boolean;
  /** Fields of a stream that is not open: a new one, or one that is over. */
  onFields(id: number, section: FieldSection, ended: boolean): void;
  /** Data of a stream that is over, or fields. @throws Http2Error where the peer knows that it is */
  onLate(id: number): void;
  /** The peer gives a stream up. */
  charge(): void;
  /** The peer allows more streams, or fewer. */
  onPeerSettings(): void;
  onSettingsAnswer(): void;
  onPingAnswer(): void;
  onGoaway(lastId: number, code: number, text: string): void;
}

export interface Receiver extends FrameSink {
  /** So many bytes that were received are held no longer. */
  credit(bytes: number): void;
}

/** A frame with less is next to nothing. */
const dribbleBytes = 4;
const flagBit = (flags: number, bit: number) => (flags & bit) !== 0;

export function createReceiver(end: ReceivingEnd): Receiver {
  const { sender } = end;
  const { output, peer } = sender;
  const blocks = createFieldBlocks(end.maxFieldBytes);
  let knowsPeer = false;
  /** The stream whose field block is being read; 0: none is. */
  let blockId = 0;
  let blockEnded = false;
  /** What the peer may still send on all streams together, and what it has not yet been given back. */
  let window = end.connectionWindowBytes;
  let owed = 0;
  /** The DATA frame that is being read: whose it is, and what is left of it. */
  let dataStream: Stream | undefined;
  let dataLeft = 0;

  function credit(bytes: number): void {
    owed += bytes;
    if (owed * 2 < end.connectionWindowBytes) return;
    output.number(frameType.windowUpdate, 0, owed);
    window += owed;
    owed = 0;
  }

  function checkLength(length: number, type: number, flags: number, id: number): void {
    const isWrong =
      length > end.maxFrameBytes ||
      ((type === frameType.rstStream || type === frameType.windowUpdate) && length !== 4) ||
      (type === frameType.priority && length !== 5) ||
      (type === frameType.ping && length !== 8) ||
      (type === frameType.goaway && length < 8) ||
      (type === frameType.settings && (length % 6 !== 0 || (flagBit(flags, flag.ack) && length > 0)));
    if (isWrong)
      throw new Http2Error(
        errorCode.frameSizeError,
        `The peer sent a frame of ${length} bytes (type ${type}, stream ${id})`,
      );
  }

  function checkStream(type: number, id: number): void {
    const isOfConnection = type === frameType.settings || type === frameType.ping || type === frameType.goaway;
    if (type === frameType.pushPromise) throw protocolError("it pushes a stream");
    if (type === frameType.windowUpdate || type > frameType.continuation || isOfConnection === (id === 0)) return;
    throw protocolError(`it sent a frame (type ${type}) on stream ${id}`);
  }

  /** Priorities mean nothing here, but for what they must not say. */
  function checkDependency(id: number, on: number): void {
    if (on === id) throw protocolError(`it made stream ${id} depend on itself`);
  }

  function beginData(id: number, length: number, flags: number): void {
    if (length > window)
      throw new Http2Error(errorCode.flowControlError, "The peer sent more data than the connection's window");
    window -= length;
    dataLeft = length;
    if (length < dribbleBytes && !flagBit(flags, flag.endStream)) end.spend(1);
    else end.earn(1);
    const stream = end.openStreams.get(id);
    if (stream !== undefined) dataStream = stream.beginData(length) ? stream : undefined;
    else if (end.isIdle(id)) throw protocolError(`it sent data on stream ${id}, which it has not begun`);
    else end.onLate(id);
  }

  function onHeaders(id: number, flags: number, buffer: Buffer, start: number, limit: number): void {
    let from = start;
    let to = limit;
    if (flagBit(flags, flag.padded)) {
      if (from === to) throw protocolError("a padded frame is empty");
      to -= buffer[from++]!;
    }
    if (flagBit(flags, flag.priority)) {
      if (from + 5 > to) throw protocolError("a frame is shorter than its priority");
      checkDependency(id, readUint31(buffer, from));
      from += 5;
    }
    if (from > to) throw protocolError("a frame has more padding than it is long");
    blockId = id;
    blockEnded = flagBit(flags, flag.endStream);
    onFragment(buffer, from, to, flagBit(flags, flag.endHeaders));
  }

  function onFragment(buffer: Buffer, from: number, to: number, isLast: boolean): void {
    const section = blocks.add(buffer, from, to, isLast);
    if (section === undefined) return;
    const id = blockId;
    blockId = 0;
    const stream = end.openStreams.get(id);
    if (stream === undefined) end.onFields(id, section, blockEnded);
    else stream.receiveFields(section, blockEnded);
  }

  function onSettings(flags: number, buffer: Buffer, start: number, limit: number): void {
    if (flagBit(flags, flag.ack)) {
      end.spend(1);
      return end.onSettingsAnswer();
    }
    // Each may change every stream.
    end.spend(10 + (limit - start) / 6);
    const before = peer.windowBytes;
    if (!knowsPeer) peer.maxStreams = Number.POSITIVE_INFINITY;
    knowsPeer = true;
    readSettings(peer, end.isServer, buffer, start, limit);
    sender.encoder.limitTable(peer.tableBytes);
    const wider = peer.windowBytes - before;
    if (wider !== 0) {
      for (const stream of end.openStreams.values()) {
        if (stream.sendWindow + wider > largestWindowBytes)
          throw new Http2Error(errorCode.flowControlError, "The peer's window is too large");
        stream.widen(wider);
      }
    }
    end.answer();
    output.frame(frameType.settings, flag.ack, 0, buffer, 0, 0);
    sender.pump();
    end.onPeerSettings();
  }

  function onWindowUpdate(id: number, increment: number): void {
    end.spend(1);
    if (id === 0) {
      if (increment === 0) throw protocolError("it widens a window by nothing");
      if (sender.window + increment > largestWindowBytes)
        throw new Http2Error(errorCode.flowControlError, "The peer's window is too large");
      return sender.widen(increment);
    }
    const stream = end.openStreams.get(id);
    if (stream === undefined) {
      if (end.isIdle(id)) throw protocolError(`it widens stream ${id}, which it has not begun`);
    } else if (increment === 0) stream.fail(errorCode.protocolError, "The peer widened a window by nothing");
    else if (stream.sendWindow + increment > largestWindowBytes)
      stream.fail(errorCode.flowControlError, "The peer's window is too large");
    else {
      stream.widen(increment);
      sender.pump();
    }
  }

  function onReset(id: number, code: number): void {
    if (end.isIdle(id)) throw protocolError(`it reset stream ${id}, which it has not begun`);
    const stream = end.openStreams.get(id);
    if (stream === undefined) return end.spend(1);
    if (end.isServer) end.charge();
    stream.receiveReset(code);
  }

  return {
    credit,
    onHead(length, type, flags, id) {
      if (!knowsPeer && (type !== frameType.settings || flagBit(flags, flag.ack)))
        throw protocolError("its first frame is not its settings");
      if (blockId !== 0 && (type !== frameType.continuation || id !== blockId))
        throw protocolError("it sent another frame within a field block");
      checkLength(length, type, flags, id);
      checkStream(type, id);
      if (type === frameType.data) return beginData(id, length, flags);
      if (type === frameType.headers) return blocks.announce(length);
      if (type !== frameType.continuation) return;
      if (blockId === 0) throw protocolError("it continues a field block that has not begun");
      end.spend(1);
      blocks.announce(length);
    },
    onData(flags, _id, buffer, start, limit, isLast) {
      const bytes = limit - start;
      dataLeft -= bytes;
      const stream = dataStream;
      if (stream === undefined || stream.isOver) {
        dataStream = undefined;
        credit(bytes);
      } else if (bytes > 0 || isLast) {
        const ended = isLast && flagBit(flags, flag.endStream);
        if (isLast && dataLeft > 0) stream.receivePadding(dataLeft);
        if (bytes > 0 || ended) stream.receiveData(buffer, start, limit, ended);
      }
      if (!isLast) return;
      credit(dataLeft);
      dataLeft = 0;
      dataStream = undefined;
    },
    onFrame(type, flags, id, buffer, start, limit) {
      switch (type) {
        case frameType.headers:
          return onHeaders(id, flags, buffer, start, limit);
        case frameType.continuation:
          return onFragment(buffer, start, limit, flagBit(flags, flag.endHeaders));
        case frameType.rstStream:
          return onReset(id, readUint32(buffer, start));
        case frameType.windowUpdate:
          return onWindowUpdate(id, readUint31(buffer, start));
        case frameType.settings:
          return onSettings(flags, buffer, start, limit);
        case frameType.ping:
          end.spend(1);
          if (flagBit(flags, flag.ack)) return end.onPingAnswer();
          end.answer();
          return output.frame(frameType.ping, flag.ack, 0, buffer, start, limit);
        case frameType.goaway:
          end.spend(10);
          return end.onGoaway(
            readUint31(buffer, start),
            readUint32(buffer, start + 4),
            buffer.toString("latin1", start + 8, Math.min(limit, start + 8 + 200)),
          );
        case frameType.priority:
          end.spend(1);
          return checkDependency(id, readUint31(buffer, start));
        default:
          // Of a type that is not known: an extension, to be let pass.
          return end.spend(1);
      }
    },
  };
}
