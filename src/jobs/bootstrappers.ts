/** `peerID@host:port`: how job specs name the nodes through which oracles find each other. */
import { decodePeerId } from "../ocr2/keys/peer-id.ts";
import { maxPort, parsePort } from "../values/port.ts";
import { describe } from "../values/text.ts";
import type { Bootstrapper } from "./types.ts";

/**
 * Reads one; several addresses of a peer are separated by `/`.
 * @throws TypeError
 */
export function parseBootstrapper(value: unknown): Bootstrapper {
  if (typeof value !== "string") throw new TypeError(`Expected "peerID@host:port", got ${describe(value)}`);
  const [peer = "", addressList, ...more] = value.split("@");
  if (addressList === undefined || more.length > 0)
    throw new TypeError(`Expected "peerID@host:port", got ${describe(value)}`);
  const peerId = peer.replace(/^p2p_/, "");
  try {
    decodePeerId(peerId);
  } catch {
    throw new TypeError(
      `${describe(peer)} is not a peer ID: a peer ID is base58 of an ed25519 key, such as "12D3KooW..."`,
    );
  }
  const addresses = addressList.split("/");
  for (const address of addresses) checkAddress(address);
  return { peerId, addresses };
}

function checkAddress(address: string): void {
  const [, host, port] = /^(\[[0-9a-fA-F:.]+\]|[^\s:@/[\]]+):(\d{1,5})$/.exec(address) ?? [];
  if (host === undefined || parsePort(port ?? "") === undefined) {
    throw new TypeError(`${describe(address)} is not an address: write host:port with a port from 1 to ${maxPort}`);
  }
}
