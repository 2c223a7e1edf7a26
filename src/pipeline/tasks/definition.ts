/** The definition of a task type, which each file of this folder exports. */
import type { Attributes } from "../attributes.ts";
import type { TaskWork } from "../types.ts";

export interface TaskDefinition {
  readonly type: string;
  /** Its attributes in addition to the shared ones. */
  readonly attributes: readonly string[];
  readonly requests: boolean;
  /** Most inputs. Default: any number. */
  readonly maxInputs?: number;
  /** Reads and checks the attributes once, and returns the work of every run. `attributes` collects mistakes. */
  compile(attributes: Attributes): TaskWork;
}
