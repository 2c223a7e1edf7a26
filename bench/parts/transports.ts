/** Each transport against its peers. */
import { contests } from "../contenders/index.ts";
import type { BenchTable } from "../results.ts";
import { runContest } from "../run.ts";
import type { Part } from "./part.ts";

export const transports: Part = {
  name: "transports",
  async run({ only, ...options }) {
    const tables: BenchTable[] = [];
    for (const contest of contests) {
      const contenders = contest.contenders.filter(({ name }) => only.length === 0 || only.includes(name));
      if (contenders.length > 0) tables.push(await runContest({ ...contest, contenders }, options));
    }
    return tables;
  },
};
