/** What both of Moleculer's nodes are set to: the TCP transporter without discovery, everything else as it comes. */
import type { BrokerOptions } from "moleculer";

export const serverNode = "server";

export interface WireNote {
  readonly number: number;
  /** In base64: the default serializer is JSON. */
  readonly data: string;
}

/** @param url of a node to begin with, such as "127.0.0.1:4000/server" */
export function brokerOptions(nodeID: string, url?: string): BrokerOptions {
  return {
    nodeID,
    logger: false,
    transporter: {
      type: "TCP",
      options: {
        udpDiscovery: false,
        useHostname: false,
        gossipPeriod: 1,
        ...(url === undefined ? {} : { urls: url }),
      },
    },
  };
}
