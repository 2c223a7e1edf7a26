/** Why the system refused something. */
import { errorText } from "../values/error-text.ts";

/** The system's words, such as "permission denied", without the code before them and the system call after them. */
export function reasonOf(error: unknown): string {
  const text = errorText(error);
  return /^[A-Z]+: ([^,]+)/.exec(text)?.[1] ?? text;
}
