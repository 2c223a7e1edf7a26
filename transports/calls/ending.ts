/** Where the end of a call is decided: by its answer, its caller, its deadline, or the end of what it goes over, whichever is first. */
import type { DescMethod } from "@bufbuild/protobuf";
import { Code, ConnectError } from "@connectrpc/connect";
import type { CallSignal, Carrier, Metadata, StreamCall, StreamReply, UnaryCall, UnaryReply } from "../connection.ts";
import { asConnectError } from "./connect-error.ts";
import { abandon, callEnded, ignore } from "./iterables.ts";
import { failedReply } from "./lanes.ts";
import { OpenCall, type OpenCalls } from "./open-calls.ts";

/** The same carrier, whose calls end with those of `calls`. */
export function endingCalls<T>(carrier: Carrier<T>, calls: OpenCalls): Carrier<T> {
  return {
    unary(call) {
      return new Promise((resolve, reject) => {
        const open = new OpenUnaryCall(call, reject);
        const refusal = calls.open(open, call.signal);
        if (refusal !== undefined) return reject(refusal);
        carrier.unary(open).then(
          (reply: UnaryReply<T>) => {
            if (open.close()) resolve(reply);
          },
          (error: unknown) => {
            if (open.close()) reject(asConnectError(error));
          },
        );
      });
    },
    stream(call) {
      const open = new OpenStream(call);
      const refusal = calls.open(open, call.signal);
      return refusal === undefined ? open.answeredBy(carrier.stream(open)) : failedReply(refusal);
    },
  };
}

/** A unary call as those below see it. It is its own signal. */
class OpenUnaryCall<T> extends OpenCall implements UnaryCall<T> {
  readonly path: string;
  readonly method: DescMethod | undefined;
  readonly metadata: Metadata;
  readonly message: T;
  readonly signal: CallSignal = this;
  readonly #reject: (error: ConnectError) => void;

  constructor({ path, method, metadata, deadline, message }: UnaryCall<T>, reject: (error: ConnectError) => void) {
    super(deadline);
    this.path = path;
    this.method = method;
    this.metadata = metadata;
    this.message = message;
    this.#reject = reject;
  }

  protected onCut(error: ConnectError): void {
    this.#reject(error);
  }
}

/** A stream as those below see it, with its reply as its caller does. */
class OpenStream<T> extends OpenCall implements StreamCall<T> {
  readonly path: string;
  readonly method: DescMethod | undefined;
  readonly metadata: Metadata;
  readonly input: AsyncIterable<T>;
  readonly signal: CallSignal = this;
  #reply: OpenReply<T> | undefined;

  constructor({ path, method, metadata, deadline, input }: StreamCall<T>) {
    super(deadline);
    this.path = path;
    this.method = method;
    this.metadata = metadata;
    this.input = input;
  }

  answeredBy(reply: StreamReply<T>): StreamReply<T> {
    this.#reply = new OpenReply(this, reply);
    // What answers it may have ended it at once.
    if (this.aborted) this.#reply.end(asConnectError(this.reason));
    return this.#reply;
  }

  protected onCut(error: ConnectError): void {
    this.#reply?.end(error);
  }

  /** It has ended by itself: what those below have of it is of no use. */
  end(): void {
    if (this.close()) this.abort(callEnded);
  }
}

class OpenReply<T> implements StreamReply<T>, AsyncIterableIterator<T> {
  readonly header: Promise<Metadata>;
  readonly trailer: Promise<Metadata>;
  readonly ended: Promise<void>;
  readonly #call: OpenStream<T>;
  readonly #messages: AsyncIterator<T>;
  #rejectHeader: (error: ConnectError) => void = ignore;
  #rejectTrailer: (error: ConnectError) => void = ignore;
  #end: { resolve(): void; reject(error: unknown): void };
  #rejectMessage: ((error: ConnectError) => void) | undefined;
  #last: Promise<unknown> | undefined;
  #isDone = false;
  #cut: ConnectError | undefined;

  constructor(call: OpenStream<T>, reply: StreamReply<T>) {
    this.#call = call;
    this.#messages = reply.output[Symbol.asyncIterator]();
    this.header = new Promise((resolve, reject) => {
      this.#rejectHeader = reject;
      reply.header.then(resolve, reject);
    });
    this.trailer = new Promise((resolve, reject) => {
      this.#rejectTrailer = reject;
      // A call that has failed is over, whether or not its messages are read.
      reply.trailer.then(resolve, (error: unknown) => this.#over(reject, error));
    });
    const { promise, ...end } = Promise.withResolvers<void>();
    this.ended = promise;
    this.#end = end;
    this.ended.catch(ignore);
    this.header.catch(ignore);
    this.trailer.catch(ignore);
  }

  get output(): AsyncIterable<T> {
    return this;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<IteratorResult<T>> {
    if (this.#cut !== undefined && !this.#isDone) return Promise.reject(this.#cut);
    if (this.#isDone) return Promise.resolve({ done: true, value: undefined });
    if (this.#rejectMessage !== undefined) return this.#after(this.#last);
    const next = new Promise<IteratorResult<T>>((resolve, reject) => {
      this.#rejectMessage = reject;
      this.#messages.next().then(
        (result) => {
          if (result.done) return this.#finish(resolve, reject);
          this.#rejectMessage = undefined;
          resolve(result);
        },
        (error: unknown) => this.#fail(error, reject),
      );
    });
    this.#last = next;
    return next;
  }

  /** Asked for before the last message has come: the one after it. */
  #after(last: Promise<unknown> | undefined): Promise<IteratorResult<T>> {
    const again = () => this.next();
    const next = Promise.resolve(last).then(again, again);
    this.#last = next;
    return next;
  }

  #finish(resolve: (result: IteratorResult<T>) => void, reject: (error: unknown) => void): void {
    this.trailer.then(
      () => {
        this.#rejectMessage = undefined;
        this.#isDone = true;
        this.#call.end();
        this.#end.resolve();
        resolve({ done: true, value: undefined });
      },
      (error: unknown) => this.#fail(error, reject),
    );
  }

  #fail(error: unknown, reject: (error: unknown) => void): void {
    this.#rejectMessage = undefined;
    this.#isDone = true;
    this.#over(reject, error);
  }

  #over(reject: (error: unknown) => void, error: unknown): void {
    this.#call.end();
    this.#end.reject(error);
    reject(error);
  }

  async return(): Promise<IteratorResult<T>> {
    this.#isDone = true;
    this.#call.cut(new ConnectError("the caller stopped reading", Code.Canceled));
    return { done: true, value: undefined };
  }

  /** The call was cut. */
  end(error: ConnectError): void {
    this.#cut = error;
    this.#rejectHeader(error);
    this.#rejectTrailer(error);
    this.#rejectMessage?.(error);
    this.#end.reject(error);
    abandon(this.#messages);
  }
}
