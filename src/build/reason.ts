/** Why the system refused something. */

/** The system's own words, such as "permission denied": without the code before them and the call behind. */
export function reasonOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return /^[A-Z]+: ([^,]+)/.exec(text)?.[1] ?? text;
}
