/** go-plugin's stdio stream: what plugin code writes to its standard streams after the handshake. */
import { create } from "@bufbuild/protobuf";
import { type StdioData, StdioData_Channel, StdioDataSchema } from "../../proto/gen/goplugin/goplugin_pb.ts";

export interface Stdio {
  write(channel: StdioData_Channel, data: Uint8Array): void;
  /** For the one consumer that there is: the first call gets everything. */
  stream(): AsyncIterable<StdioData>;
  /** What nobody has fetched. */
  takeWaiting(): readonly StdioData[];
}

const maxWaitingBytes = 256 * 1024;
const maxChunkBytes = 1024;

/** Output waits for its consumer up to a limit; what is over it is dropped, and the gap is marked. The plugin never waits. */
export function createStdio(): Stdio {
  const waiting: StdioData[] = [];
  let waitingBytes = 0;
  let droppedBytes = 0;
  let taken = false;
  let wake = () => {};
  const push = (channel: StdioData_Channel, data: Uint8Array) => {
    waiting.push(create(StdioDataSchema, { channel, data }));
    waitingBytes += data.length;
    wake();
  };
  return {
    write(channel, data) {
      for (let begin = 0; begin < data.length; begin += maxChunkBytes) {
        if (waitingBytes >= maxWaitingBytes) {
          droppedBytes += data.length - begin;
          return;
        }
        if (droppedBytes > 0) {
          push(StdioData_Channel.STDERR, Buffer.from(`[${droppedBytes} bytes of output dropped: nobody read them]\n`));
          droppedBytes = 0;
        }
        push(channel, data.slice(begin, begin + maxChunkBytes));
      }
    },
    async *stream() {
      if (taken) return;
      taken = true;
      for (;;) {
        for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
          waitingBytes -= next.data.length;
          yield next;
        }
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    },
    takeWaiting: () => waiting.splice(0),
  };
}
