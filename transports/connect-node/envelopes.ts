/** The messages of a body that comes as a stream of node's. */
import { decompress, unnamedCompression } from "../grpc/compression.ts";
import { EnvelopeReader } from "../grpc/envelope.ts";
import { takeTurn } from "../time/turn.ts";

/** @throws ConnectError for a body that is not in order, after the messages that are whole before that */
export async function* openEnvelopes(
  body: AsyncIterable<Uint8Array>,
  maxMessageBytes: number,
  isCompressing: boolean,
): AsyncGenerator<Uint8Array> {
  let whole: { message: Uint8Array; isCompressed: boolean }[] = [];
  const reader = new EnvelopeReader(maxMessageBytes, (message, isCompressed) => {
    if (isCompressed && !isCompressing) throw unnamedCompression();
    whole.push({ message, isCompressed });
  });
  for await (const chunk of body) {
    const fault = faultOf(() => reader.push(chunk));
    for (const { message, isCompressed } of whole) {
      // A piece of the wire may hold thousands.
      const turn = takeTurn();
      if (turn !== undefined) await turn;
      yield isCompressed ? await decompress(message, maxMessageBytes) : message;
    }
    whole = [];
    if (fault !== undefined) throw fault.error;
  }
  reader.end();
}

function faultOf(work: () => void): { error: unknown } | undefined {
  try {
    work();
    return undefined;
  } catch (error) {
    return { error };
  }
}
