/** Callers that do all that callers do, at random, and look at every answer: whose it is, and whether it comes at all. */
import type { Client } from "@connectrpc/connect";
import { Code, ConnectError } from "@connectrpc/connect";
import type { Conformance } from "../../../proto/gen/loopp/v1/conformance_pb.ts";

export interface Callers {
  /** Calls for so long; resolves when the last of them has ended. */
  run(ms: number): Promise<void>;
  /** Calls that ended with their own result. */
  readonly answered: number;
  /** Calls that ended with an error that they may end with, by its code. */
  readonly failed: Readonly<Record<string, number>>;
  /** What must not have happened, in words: another call's answer, an error of another kind, a call that hung. */
  readonly wrong: readonly string[];
}

/** A call has hung when it has not ended so long after its deadline. On a busy machine a timer may be late, but not so late. */
const hungMs = 30_000;

/** @param mayFail with which errors calls may end, where plugins die under them. Deadlines that a call sets itself always may */
export function createCallers(
  clients: readonly Client<typeof Conformance>[],
  atOnce: number,
  mayFail: readonly Code[] = [],
): Callers {
  let serial = 0;
  let answered = 0;
  const failed: Record<string, number> = {};
  const wrong: string[] = [];

  async function callOnce(client: Client<typeof Conformance>): Promise<void> {
    const id = ++serial;
    const shape = Math.floor(Math.random() * 4);
    // Some are too short for what is asked.
    const hang = Math.random() < 0.1;
    const timeoutMs = hang ? 1 + Math.floor(Math.random() * 50) : 10_000;
    const hung = setTimeout(() => wrong.push(`call ${id} of shape ${shape} has hung`), timeoutMs + hungMs);
    try {
      await shapes[shape % shapes.length]?.(client, id, { hang, timeoutMs });
      answered++;
    } catch (error) {
      const { code, rawMessage } = ConnectError.from(error);
      const own = hang && code === Code.DeadlineExceeded;
      if (error instanceof ConnectError && (own || mayFail.includes(code))) {
        failed[Code[code]] = (failed[Code[code]] ?? 0) + 1;
      } else {
        wrong.push(
          `call ${id} of shape ${shape}: ${error instanceof ConnectError ? Code[code] : "no ConnectError"}: ${rawMessage}`,
        );
      }
    } finally {
      clearTimeout(hung);
    }
  }

  return {
    async run(ms) {
      const end = performance.now() + ms;
      const caller = async (_: unknown, index: number) => {
        const client = clients[index % clients.length];
        while (client !== undefined && performance.now() < end) {
          await callOnce(client);
          // Calls in-process need no turn of the loop, and a caller that gave it none would hold everybody.
          await new Promise(setImmediate);
        }
      };
      await Promise.all(Array.from({ length: atOnce }, caller));
    },
    get answered() {
      return answered;
    },
    failed,
    wrong,
  };
}

type Shape = (
  client: Client<typeof Conformance>,
  id: number,
  how: { hang: boolean; timeoutMs: number },
) => Promise<void>;

const shapes: readonly Shape[] = [
  async (client, id, { hang, timeoutMs }) => {
    const { data } = await client.unary({ data: dataOf(id), hang }, { timeoutMs });
    check(data, id);
  },
  async (client, id, { hang, timeoutMs }) => {
    let count = 0;
    for await (const { data } of client.serverStream({ data: dataOf(id), count: 5, hang }, { timeoutMs })) {
      check(data, id);
      count++;
    }
    if (count !== 5) throw new Error(`got ${count} messages of 5`);
  },
  async (client, id, { hang, timeoutMs }) => {
    async function* requests() {
      for (let part = 0; part < 3; part++) yield { data: dataOf(id), count: 1, hang: hang && part === 2 };
    }
    let count = 0;
    for await (const { data } of client.bidiStream(requests(), { timeoutMs })) {
      check(data, id);
      count++;
    }
    if (count !== 3) throw new Error(`got ${count} messages of 3`);
  },
  /** Gives up in the middle. */
  async (client, id, { timeoutMs }) => {
    for await (const { data } of client.serverStream({ data: dataOf(id), count: 100 }, { timeoutMs })) {
      check(data, id);
      break;
    }
  },
];

function dataOf(id: number): Uint8Array<ArrayBuffer> {
  const data = new Uint8Array(8 + (id % 500));
  new DataView(data.buffer).setFloat64(0, id);
  return data;
}

function check(data: Uint8Array, id: number): void {
  const got = new DataView(data.buffer, data.byteOffset, data.length).getFloat64(0);
  if (got !== id) throw new Error(`got the answer of call ${got}`);
}
