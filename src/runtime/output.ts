/** Lines on the standard streams of this process, whose reader may be slow, or gone: a log collector, a pager, `head`. */
import { ignore } from "../../transports/calls/iterables.ts";
import { createBoundedLog } from "../../transports/logs/bounded-log.ts";

export interface Output {
  /** Prints a line. Never waits and never throws: what is not read waits up to a limit, and what comes beyond is dropped and counted. */
  print(line: string): void;
  /** Resolves when there is nothing left that waits, which may be never. */
  flushed(): Promise<void>;
}

export type StreamName = "stdout" | "stderr";

/** Tells, once what it was given is written, or with the error when it is lost. */
type Write = (text: string, done: (error?: unknown) => void) => void;

/** How much the stream is given before it has written what it has, and how much waits for it, in characters. */
const maxUnderWay = 64 * 1024;
const maxWaiting = 4 * 1024 * 1024;

/** @param noteOf the line that says how many lines were lost */
export function createOutput(name: StreamName, noteOf: (dropped: number) => string): Output {
  let write: Write | undefined;
  let underWay = 0;
  /** A stream may be done with a line before it has returned from taking it: the queue then goes on by itself. */
  let giving = false;
  /** Lines that were given to a stream without a reader. */
  let lost = 0;
  let waiters: (() => void)[] = [];
  const lines = createBoundedLog<string>({
    maxLines: Number.POSITIVE_INFINITY,
    maxChars: maxWaiting,
    lastLines: 0,
    charsOf: (line) => line.length,
    noteOf,
    send(line) {
      // Only now: a stream is opened by its first use.
      write ??= writerOf(name);
      underWay += line.length;
      giving = true;
      write(`${line}\n`, (error) => onWritten(line.length, error));
      giving = false;
      return underWay < maxUnderWay;
    },
  });

  function onWritten(length: number, error: unknown): void {
    const wasFull = underWay >= maxUnderWay;
    underWay -= length;
    if (error !== undefined && error !== null) lost++;
    else if (lost > 0) {
      const note = noteOf(lost);
      lost = 0;
      lines.add(note);
    }
    if (wasFull && underWay < maxUnderWay && !giving) lines.resume();
    if (underWay > 0) return;
    for (const resolve of waiters) resolve();
    waiters = [];
  }

  return {
    print: lines.add,
    flushed: () => (underWay === 0 ? Promise.resolve() : new Promise((resolve) => waiters.push(resolve))),
  };
}

/** From now on, output that has no reader any more is no reason for this program to end. */
export function outliveReaders(): void {
  for (const stream of [process.stdout, process.stderr]) stream.on("error", ignore);
}

function writerOf(name: StreamName): Write {
  const stream = process[name];
  // What has taken the stream's place, as in a plugin's process, is to be asked.
  const sink = Object.hasOwn(stream, "write") ? undefined : denoSink(name);
  if (sink !== undefined) return createSinkWriter(sink);
  // Each error is told to the write that met it; as an event that nothing hears, it would end the program.
  stream.on("error", ignore);
  return (text, done) => void stream.write(text, done);
}

interface Sink {
  write(bytes: Uint8Array): Promise<number>;
}

/** Deno's own stream: the one that it has for Node's programs holds the loop for as long as nothing is read. */
function denoSink(name: StreamName): Sink | undefined {
  return (globalThis as { readonly Deno?: Readonly<Record<StreamName, Sink>> }).Deno?.[name];
}

function createSinkWriter(sink: Sink): Write {
  let last = Promise.resolve();
  return (text, done) => {
    last = last.then(() => writeAll(sink, text)).then(() => done(), done);
  };
}

async function writeAll(sink: Sink, text: string): Promise<void> {
  let bytes: Uint8Array = Buffer.from(text);
  while (bytes.length > 0) bytes = bytes.subarray(await sink.write(bytes));
}
