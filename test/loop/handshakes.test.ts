import { expect, it } from "vitest";
import { genericHandshake, medianHandshake, relayerHandshake } from "../../src/loop/handshakes.ts";

it("has chainlink-common's cookies, and the protocol version 0 that its plugins speak", () => {
  expect([relayerHandshake, medianHandshake, genericHandshake]).toEqual([
    {
      cookieKey: "CL_PLUGIN_RELAYER_MAGIC_COOKIE",
      cookieValue: "dae753d4542311b33cf041b930db0150647e806175c2818a0c88a9ab745e45aa",
      protocolVersions: [0],
    },
    {
      cookieKey: "CL_PLUGIN_MEDIAN_MAGIC_COOKIE",
      cookieValue: "b12a697e19748cd695dd1690c09745ee7cc03717179958e8eadd5a7ca4646728",
      protocolVersions: [0],
    },
    {
      cookieKey: "CL_PLUGIN_GENERIC_MAGIC_COOKIE",
      cookieValue: "2ad981747cd86c4ab3e23170970020fd",
      protocolVersions: [0],
    },
  ]);
});
