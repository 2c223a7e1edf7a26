/**
 * Who may do what. Orders to plugins: requests from this machine, and requests with the token. A browser on this machine also sends the
 * requests of foreign pages; so requests from a page of another origin, or to a host name that anyone may have pointed here, do not
 * count as from this machine, nor do those that came through a proxy.
 */
import { createHash, timingSafeEqual } from "node:crypto";
import type { Context, MiddlewareHandler } from "hono";
import { isLoopback } from "../values/loopback.ts";
import { refuse } from "./answers.ts";
import { isFromForeignPage, isProxied, isToOwnName, remoteAddress } from "./request-source.ts";

export interface AdmissionOptions {
  /** What must be sent as `Authorization: Bearer TOKEN`, except from this machine. @default only this machine may give orders */
  readonly adminToken?: string;
  /** Whether requests from this machine need no token. @default true */
  readonly adminLocal?: boolean;
  /** Host names that lead to this server, beside addresses and localhost. @default none */
  readonly hosts?: readonly string[];
}

/** By what right a request may give orders; `undefined`: by none. */
export type Right = "token" | "local" | undefined;

/** @throws TypeError for an empty token, and for options that let in no request at all */
export function createAdmission({
  adminToken,
  adminLocal = true,
  hosts = [],
}: AdmissionOptions): (c: Context) => Right {
  if (adminToken === "")
    throw new TypeError("adminToken must not be empty; leave it out where only this machine may give orders");
  if (adminToken === undefined && !adminLocal)
    throw new TypeError("adminLocal is false and there is no adminToken: no request could give orders");
  return (c) => {
    const sent = /^Bearer +(.+)$/i.exec(c.req.header("authorization") ?? "")?.[1];
    if (adminToken !== undefined && sent !== undefined && isSame(sent.trim(), adminToken)) return "token";
    return adminLocal && isLocal(c, hosts) ? "local" : undefined;
  };
}

/** The answer to a request without the right to give orders. */
export function refuseOrder(c: Context, { adminToken }: AdmissionOptions) {
  if (adminToken === undefined) {
    return refuse(c, 403, "Refused: without an admin token, only requests from this machine may change plugins");
  }
  c.header("www-authenticate", "Bearer");
  return refuse(c, 401, "Refused: send the admin token as Authorization: Bearer TOKEN");
}

/**
 * Refuses requests to host names that are not this server's, where it listens on loopback: a page from elsewhere can read it only under a
 * name of its own that it has pointed here.
 * @param address what the server listens on
 */
export function ownNamesOnly(address: () => string, hosts: readonly string[] = []): MiddlewareHandler {
  return async (c, next) => {
    if (!isLoopback(address()) || isToOwnName(c, hosts)) return next();
    return refuse(
      c,
      403,
      "Refused: this server listens on loopback and knows no such host name; it answers to addresses, localhost and the hosts of its settings",
    );
  };
}

function isLocal(c: Context, hosts: readonly string[]): boolean {
  return isLoopback(remoteAddress(c)) && !isProxied(c) && isToOwnName(c, hosts) && !isFromForeignPage(c);
}

/** Takes the same time whatever was sent, and however long it is. */
function isSame(sent: string, token: string): boolean {
  const digest = (text: string) => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(sent), digest(token));
}
