/** Runs an implementation for one call: the end of every call's way, on every transport. */
import { create, type DescMessage, type Message, type MessageInitShape } from "@bufbuild/protobuf";
import type { MethodImplSpec } from "@connectrpc/connect";
import type { Metadata, StreamCall, StreamReply, UnaryCall, UnaryReply } from "../connection.ts";
import { transformInvokeImplementation } from "./connect.ts";
import { withMetadata } from "./connect-error.ts";
import { errorFromHandler } from "./errors.ts";
import { CallContext } from "./handler-context.ts";
import { eager, ignore } from "./iterables.ts";
import { single } from "./lanes.ts";
import type { OpenCalls } from "./open-calls.ts";
import type { Implementation } from "./routes.ts";

/** A unary implementation without interceptors. */
export async function invokeUnary(
  { method, impl }: MethodImplSpec & { readonly kind: "unary" },
  call: UnaryCall<Message>,
  calls: OpenCalls,
): Promise<UnaryReply<Message>> {
  const context = new CallContext(method, call, calls);
  try {
    const message = create(method.output, await impl(call.message, context));
    return { message, header: context.header, trailer: context.trailer };
  } catch (thrown) {
    const { header, trailer } = context;
    const error = errorFromHandler(thrown);
    throw withMetadata(error, trailer.length === 0 ? header : [...trailer, ...header]);
  } finally {
    context.end();
  }
}

export function invokeStream(
  { spec, interceptors }: Implementation,
  call: StreamCall<Message>,
  calls: OpenCalls,
): StreamReply<Message> {
  const header = Promise.withResolvers<Metadata>();
  const trailer = Promise.withResolvers<Metadata>();
  header.promise.catch(ignore);
  trailer.promise.catch(ignore);
  const context = new CallContext(spec.method, call, calls);
  async function* run(): AsyncGenerator<Message> {
    try {
      const outputs =
        interceptors.length === 0
          ? await outputsOf(spec, call, context)
          : transformInvokeImplementation(spec, context.whole(), [...interceptors])(call.input);
      for await (const output of outputs) {
        header.resolve(context.header);
        yield create(spec.method.output, output);
      }
      header.resolve(context.header);
      trailer.resolve(context.trailer);
    } catch (thrown) {
      const error = withMetadata(errorFromHandler(thrown), context.trailer);
      header.resolve(context.header);
      trailer.reject(error);
      throw error;
    } finally {
      context.end();
    }
  }
  return { header: header.promise, output: eager(run()), trailer: trailer.promise };
}

async function outputsOf(
  spec: MethodImplSpec,
  call: StreamCall<Message>,
  context: CallContext,
): Promise<AsyncIterable<MessageInitShape<DescMessage>> | Iterable<MessageInitShape<DescMessage>>> {
  switch (spec.kind) {
    case "unary":
      return [await spec.impl(await single(call), context)];
    case "server_streaming":
      return spec.impl(await single(call), context);
    case "client_streaming":
      return [await spec.impl(call.input, context)];
    case "bidi_streaming":
      return spec.impl(call.input, context);
  }
}
