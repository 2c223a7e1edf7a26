/** All task types, and those of Chainlink that are not among them. */

import { anyTask } from "./any.ts";
import { base64decodeTask } from "./base64decode.ts";
import { base64encodeTask } from "./base64encode.ts";
import { bridgeTask } from "./bridge.ts";
import { coalesceTask } from "./coalesce.ts";
import { conditionalTask } from "./conditional.ts";
import type { TaskDefinition } from "./definition.ts";
import { divideTask } from "./divide.ts";
import { failTask } from "./fail.ts";
import { hexdecodeTask } from "./hexdecode.ts";
import { hexencodeTask } from "./hexencode.ts";
import { httpTask } from "./http.ts";
import { jsonparseTask } from "./jsonparse.ts";
import { lengthTask } from "./length.ts";
import { lessthanTask } from "./lessthan.ts";
import { lookupTask } from "./lookup.ts";
import { lowercaseTask } from "./lowercase.ts";
import { maxTask } from "./max.ts";
import { meanTask } from "./mean.ts";
import { medianTask } from "./median.ts";
import { memoTask } from "./memo.ts";
import { mergeTask } from "./merge.ts";
import { minTask } from "./min.ts";
import { modeTask } from "./mode.ts";
import { multiplyTask } from "./multiply.ts";
import { sumTask } from "./sum.ts";
import { uppercaseTask } from "./uppercase.ts";

const all = [
  anyTask,
  base64decodeTask,
  base64encodeTask,
  bridgeTask,
  coalesceTask,
  conditionalTask,
  divideTask,
  failTask,
  hexdecodeTask,
  hexencodeTask,
  httpTask,
  jsonparseTask,
  lengthTask,
  lessthanTask,
  lookupTask,
  lowercaseTask,
  maxTask,
  meanTask,
  medianTask,
  memoTask,
  mergeTask,
  minTask,
  modeTask,
  multiplyTask,
  sumTask,
  uppercaseTask,
];

export const taskDefinitions: ReadonlyMap<string, TaskDefinition> = new Map(all.map((one) => [one.type, one]));

const askChain = "it reads or changes a chain, which pipelines of this node cannot";
const forRequests = "it serves jobs that answer requests of contracts, and there are none here";

/** Chainlink's other task types, with the reason why each is not here. */
export const absentTasks: ReadonlyMap<string, string> = new Map([
  ["ethcall", askChain],
  ["ethtx", askChain],
  ["ethgetblock", askChain],
  ["contractread", askChain],
  ["estimategaslimit", askChain],
  ["ethabiencode", "it writes what goes to a contract, and no pipeline of this node calls one"],
  ["ethabiencode2", "it writes what goes to a contract, and no pipeline of this node calls one"],
  ["ethabidecode", "it reads what a contract has answered, and no pipeline of this node calls one"],
  ["ethabidecodelog", forRequests],
  ["cborparse", forRequests],
  ["vrf", forRequests],
  ["vrfv2", forRequests],
  ["vrfv2plus", forRequests],
  ["panic", "it is for tests of Chainlink's own; use fail"],
]);
