/** What the server processes have in common: they are given a socket's path, say when they listen, and end with the program that started them. */

export const readyLine = "ready";

/** @throws TypeError when none was given */
export function socketPath(): string {
  const path = process.argv[2];
  if (path === undefined) throw new TypeError("Cannot listen: the path of a socket is missing");
  return path;
}

/** @param said for the program that started it */
export function announceReady(said = ""): void {
  process.stdin.on("end", () => process.exit(0));
  process.stdin.resume();
  console.log(`${readyLine} ${said}`);
}
