/** All task types. */

import { bridgeTask } from "./bridge.ts";
import type { TaskDefinition } from "./definition.ts";
import { divideTask } from "./divide.ts";
import { httpTask } from "./http.ts";
import { jsonparseTask } from "./jsonparse.ts";
import { meanTask } from "./mean.ts";
import { medianTask } from "./median.ts";
import { multiplyTask } from "./multiply.ts";
import { sumTask } from "./sum.ts";

export const taskDefinitions: ReadonlyMap<string, TaskDefinition> = new Map(
  [bridgeTask, divideTask, httpTask, jsonparseTask, meanTask, medianTask, multiplyTask, sumTask].map((definition) => [
    definition.type,
    definition,
  ]),
);
