/** `coalesce`: the first input that neither failed nor is null; null where there is none. */
import type { TaskDefinition } from "./definition.ts";

export const coalesceTask: TaskDefinition = {
  type: "coalesce",
  attributes: [],
  requests: false,
  compile: () => ({
    run: (call) => call.inputs.find((input) => input.error === undefined && input.value !== null)?.value ?? null,
  }),
};
