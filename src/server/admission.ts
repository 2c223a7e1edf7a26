/**
 * Who may change plugins: requests from this machine, and requests with the token. A browser on this machine also sends the requests
 * of foreign pages; so requests from a page of another origin, or to a host name that anyone may have pointed here, do not count
 * as local.
 */
import { createHash, timingSafeEqual } from "node:crypto";
import { isIP } from "node:net";
import { getConnInfo } from "@hono/node-server/conninfo";
import type { Context, MiddlewareHandler } from "hono";
import { refuse } from "./answers.ts";

/** @param token what other machines must send as `Authorization: Bearer TOKEN`; without one, they are refused */
export function admission(token: string | undefined): MiddlewareHandler {
  return async (c, next) => {
    const sent = /^Bearer +(.+)$/i.exec(c.req.header("authorization") ?? "")?.[1];
    const hasToken = token !== undefined && sent !== undefined && isSame(sent.trim(), token);
    if (hasToken || isLocal(c)) return next();
    if (token === undefined) {
      return refuse(c, 403, "Refused: without an admin token, only requests from this machine may change plugins");
    }
    c.header("www-authenticate", "Bearer");
    return refuse(c, 401, "Refused: send the admin token as Authorization: Bearer TOKEN");
  };
}

function isLocal(c: Context): boolean {
  if (!isLoopback(remoteAddress(c))) return false;
  // A request from elsewhere that a proxy on this machine forwards.
  if (["forwarded", "x-forwarded-for", "x-real-ip"].some((name) => c.req.header(name) !== undefined)) return false;
  const { hostname, host } = new URL(c.req.url);
  if (hostname !== "localhost" && isIP(hostname.replace(/^\[|\]$/g, "")) === 0) return false;
  const origin = c.req.header("origin");
  return origin === undefined || URL.parse(origin)?.host === host;
}

function remoteAddress(c: Context): string {
  try {
    return getConnInfo(c).remote.address ?? "";
  } catch {
    // Not served over a socket: the sender is not known.
    return "";
  }
}

function isLoopback(address: string): boolean {
  return address === "::1" || /^(::ffff:)?127\./i.test(address);
}

/** Takes the same time whatever was sent, and however long it is. */
function isSame(sent: string, token: string): boolean {
  const digest = (text: string) => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(sent), digest(token));
}
