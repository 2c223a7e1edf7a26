/** `loopp node`: runs a node until it is told to end. */
import { runNode } from "../node/run.ts";

export const nodeCommand = runNode;
