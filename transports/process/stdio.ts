/** go-plugin's stdio stream: what plugin code writes to its standard streams after the handshake. */
import { create } from "@bufbuild/protobuf";
import { type StdioData, StdioData_Channel, StdioDataSchema } from "../../proto/gen/goplugin/goplugin_pb.ts";
import { createInbox } from "../calls/inbox.ts";

export interface Stdio {
  write(channel: StdioData_Channel, data: Uint8Array): void;
  /** For the one consumer that there is: the first call gets everything. */
  stream(): AsyncIterable<StdioData>;
}

const maxWaitingBytes = 256 * 1024;
const maxChunkBytes = 1024;

/** Output waits for its consumer up to a limit; what is over it is dropped, and the gap is marked. The plugin never waits. */
export function createStdio(): Stdio {
  const inbox = createInbox<StdioData>({ sizeOf: ({ data }) => data.length });
  let dropped = 0;
  let taken = false;
  const push = (channel: StdioData_Channel, data: Uint8Array) => inbox.push(create(StdioDataSchema, { channel, data }));
  return {
    write(channel, data) {
      if (inbox.waiting + data.length > maxWaitingBytes) {
        dropped += data.length;
        return;
      }
      if (dropped > 0) {
        push(StdioData_Channel.STDERR, Buffer.from(`[${dropped} bytes of output dropped: nobody read them]\n`));
        dropped = 0;
      }
      for (let begin = 0; begin < data.length; begin += maxChunkBytes) {
        push(channel, data.slice(begin, begin + maxChunkBytes));
      }
    },
    async *stream() {
      if (taken) return;
      taken = true;
      yield* inbox.values;
    },
  };
}
