/** What a file of this folder says about its kind of task. */
import type { Attributes } from "../attributes.ts";
import type { TaskWork } from "../types.ts";

export interface TaskDefinition {
  readonly type: string;
  /** Its own attributes, besides the shared ones. */
  readonly attributes: readonly string[];
  readonly requests: boolean;
  /** Most inputs. Default: any number. */
  readonly maxInputs?: number;
  /** Reads and checks the attributes once, and returns what is done in every run. Mistakes are collected by `attributes`. */
  compile(attributes: Attributes): TaskWork;
}
