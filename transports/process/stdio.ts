/** go-plugin's stdio stream: what plugin code writes to its standard streams after the handshake. */
import { create } from "@bufbuild/protobuf";
import { type StdioData, StdioData_Channel, StdioDataSchema } from "../../proto/gen/goplugin/goplugin_pb.ts";
import { createOutbox } from "./outbox.ts";

export interface Stdio {
  write(channel: StdioData_Channel, data: Uint8Array): void;
  /** For the one host that there is; what one has not read is for the next. */
  stream(): AsyncIterable<StdioData>;
  /** What has not been fetched. */
  takeWaiting(): readonly StdioData[];
}

const maxWaitingBytes = 256 * 1024;
const maxChunkBytes = 1024;

/** Output waits for the host up to a limit; what is over it is dropped, and the gap is marked. The plugin never waits. */
export function createStdio(): Stdio {
  let waitingBytes = 0;
  let droppedBytes = 0;
  const waiting = createOutbox<StdioData>(({ data }) => {
    waitingBytes -= data.length;
  });
  const push = (channel: StdioData_Channel, data: Uint8Array) => {
    waitingBytes += data.length;
    waiting.push(create(StdioDataSchema, { channel, data }));
  };
  return {
    write(channel, data) {
      for (let begin = 0; begin < data.length; begin += maxChunkBytes) {
        if (waitingBytes >= maxWaitingBytes) {
          droppedBytes += data.length - begin;
          return;
        }
        if (droppedBytes > 0) {
          push(
            StdioData_Channel.STDERR,
            Buffer.from(`[${droppedBytes} bytes of output dropped: they were not read]\n`),
          );
          droppedBytes = 0;
        }
        push(channel, data.slice(begin, begin + maxChunkBytes));
      }
    },
    stream: waiting.read,
    takeWaiting: waiting.takeWaiting,
  };
}
