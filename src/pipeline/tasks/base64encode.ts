/** `base64encode`: a text or bytes in Base64. */
import { Buffer } from "node:buffer";
import { toBytes } from "../bytes.ts";
import type { Value } from "../types.ts";
import type { TaskDefinition } from "./definition.ts";
import { asIs, operand } from "./inputs.ts";

export const base64encodeTask: TaskDefinition = {
  type: "base64encode",
  attributes: ["input"],
  requests: false,
  maxInputs: 1,
  compile(attributes) {
    const input = attributes.parameter("input", asIs);
    return { run: (call) => encode(operand(call, "input", input, asIs)) };
  },
};

/** Of a text that begins with `0x` these are the characters, not the hex digits. */
function encode(value: Value): string {
  const bytes = typeof value === "string" ? Buffer.from(value) : toBytes(value);
  return Buffer.from(bytes).toString("base64");
}
