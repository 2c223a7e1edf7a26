/**
 * The handshakes of Chainlink's plugin kinds. Cookie names and values are chainlink-common's. The protocol version is always
 * 0, because chainlink-common leaves it unset.
 */
import type { Handshake } from "../../transports/plugin.ts";

/** Plugins that serve `loop.PluginRelayer`. */
export const relayerHandshake: Handshake = {
  cookieKey: "CL_PLUGIN_RELAYER_MAGIC_COOKIE",
  cookieValue: "dae753d4542311b33cf041b930db0150647e806175c2818a0c88a9ab745e45aa",
  protocolVersions: [0],
};

/** Plugins that serve `loop.PluginMedian`. */
export const medianHandshake: Handshake = {
  cookieKey: "CL_PLUGIN_MEDIAN_MAGIC_COOKIE",
  cookieValue: "b12a697e19748cd695dd1690c09745ee7cc03717179958e8eadd5a7ca4646728",
  protocolVersions: [0],
};

/** Plugins that serve `loop.ReportingPluginService`, for OCR2 and OCR3 alike. */
export const genericHandshake: Handshake = {
  cookieKey: "CL_PLUGIN_GENERIC_MAGIC_COOKIE",
  cookieValue: "2ad981747cd86c4ab3e23170970020fd",
  protocolVersions: [0],
};
