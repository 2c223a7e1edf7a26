/** Piscina, a task for each call. */
import { Piscina } from "piscina";
import type { Contender, Echoed } from "../contender.ts";

export const piscina: Contender = {
  name: "piscina",
  about:
    "Piscina with one thread, as a worker plugin has, and a task for each call, up to 64 at a time; structured clone instead " +
    "of protobuf, no deadline, no headers, errors as they are cloned, no streams, and no signal, because a task with one runs " +
    "alone and aborting it ends the thread",
  role: "peer",
  async start() {
    const pool = new Piscina({
      filename: new URL("../peers/plain-echo.ts", import.meta.url).href,
      minThreads: 1,
      maxThreads: 1,
      concurrentTasksPerWorker: 64,
      idleTimeout: Number.POSITIVE_INFINITY,
    });
    const options = { name: "echo" };
    const call = (data: Uint8Array): Promise<Echoed> => pool.run({ number: data.length, data }, options);
    try {
      await call(new Uint8Array());
    } catch (error) {
      await pool.destroy();
      throw error;
    }
    return {
      call,
      async stop() {
        await pool.destroy();
      },
    };
  },
};
