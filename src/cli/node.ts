/** `loopp node`: runs a node until a signal ends it. */
import { runNode } from "../node/run.ts";

export const nodeCommand = runNode;
