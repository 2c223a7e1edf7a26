/** `fail`: fails, with the message that it is given. */
import type { TaskDefinition } from "./definition.ts";

export const failTask: TaskDefinition = {
  type: "fail",
  attributes: ["msg"],
  requests: false,
  compile(attributes) {
    const message = attributes.literal("msg") ?? "It is there to fail";
    return {
      run() {
        throw new Error(message);
      },
    };
  },
};
