import { Buffer } from "node:buffer";

/** The user and the password of a URL, as a header says them. */
export function basicAuthorization({ username, password }: URL): string {
  const user = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return `Basic ${Buffer.from(user).toString("base64")}`;
}
