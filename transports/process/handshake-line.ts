/** go-plugin's handshake: the first line that a plugin writes to its standard output. */
import { shorten } from "../../src/values/text.ts";
import type { Address } from "./sockets.ts";

export interface HandshakeLine extends Address {
  readonly protocolVersion: number;
}

const coreProtocolVersion = 1;

/**
 * Six fields, the last (the server's certificate) empty: `1|0|unix|/tmp/plugin123|grpc|`
 * @throws RangeError for an address that no line can carry
 */
export function formatHandshakeLine({ protocolVersion, network, address }: HandshakeLine): string {
  if (/[|\r\n]/.test(address)) {
    throw new RangeError(`Cannot announce "${address}" to the host: a "|" separates fields; use another TMPDIR`);
  }
  return `${coreProtocolVersion}|${protocolVersion}|${network}|${address}|grpc|\n`;
}

/** Whether a line means to be a handshake; others are a plugin's chatter. */
export function looksLikeHandshake(line: string): boolean {
  return /^\s*-?\d+\|/.test(line);
}

/**
 * Reads a line as go-plugin's hosts do, with their words where something is wrong.
 * @param versions the application protocol versions that the host speaks
 * @throws SyntaxError for a line that is not a handshake, RangeError for one that the host cannot accept
 */
export function parseHandshakeLine(line: string, versions: readonly number[]): HandshakeLine {
  const [core, version, network, address, protocol = "netrpc", certificate = ""] = line.trim().split("|");
  if (network === undefined || address === undefined) {
    throw new SyntaxError(`Cannot read the plugin's handshake: "${shorten(line, 100)}" has fewer than four fields`);
  }
  if (core !== String(coreProtocolVersion)) {
    throw new RangeError(
      `Cannot use the plugin: incompatible core API version, the plugin has ${shorten(core ?? "")}, the host ${coreProtocolVersion}`,
    );
  }
  const protocolVersion = Number(version);
  if (version === undefined || !/^\d+$/.test(version)) {
    throw new SyntaxError(`Cannot read the plugin's handshake: "${shorten(version ?? "")}" is not a protocol version`);
  }
  if (!versions.includes(protocolVersion)) {
    throw new RangeError(
      `Cannot agree on a protocol version: incompatible API version with plugin, plugin version: ${version}, host versions: ${versions.join(", ")}`,
    );
  }
  if (address === "") throw new SyntaxError("Cannot read the plugin's handshake: its address is empty");
  if (network !== "unix" && network !== "tcp") {
    throw new RangeError(`Cannot use the plugin: unknown address type "${shorten(network)}"`);
  }
  if (protocol !== "grpc") {
    throw new RangeError(
      `Cannot use the plugin: unsupported plugin protocol "${shorten(protocol)}", only grpc is spoken`,
    );
  }
  if (certificate.length > 50) {
    throw new RangeError("Cannot use the plugin: it offers TLS, which this host did not ask for");
  }
  return { protocolVersion, network, address };
}
