/** Converts telemetry messages to and from the wire. */
import type { MessageInitShape } from "@bufbuild/protobuf";
import type {
  TelemetryMessage as TelemetryMessageMessage,
  TelemetryMessageSchema,
} from "../../../proto/gen/loop/telemetry_pb.ts";
import { required } from "../values.ts";
import type { TelemetryMessage } from "./types.ts";

/** @throws TypeError with chainlink-common's text when a name is empty */
export function telemetryToWire(message: TelemetryMessage): MessageInitShape<typeof TelemetryMessageSchema> {
  const { network, chainId, contractId, telemetryType, payload } = checked(message);
  return { relayID: { network, chainId }, contractID: contractId, telemetryType, payload };
}

/** @throws TypeError when the relayer's id is absent or a name is empty */
export function telemetryFromWire(message: TelemetryMessageMessage): TelemetryMessage {
  const { network, chainId } = required(message.relayID, "relayID");
  const { contractID, telemetryType, payload } = message;
  return checked({ network, chainId, contractId: contractID, telemetryType, payload });
}

function checked(message: TelemetryMessage): TelemetryMessage {
  const names = {
    contractID: message.contractId,
    telemetryType: message.telemetryType,
    network: message.network,
    chainId: message.chainId,
  };
  for (const [name, value] of Object.entries(names)) {
    if (value === "") throw new TypeError(`${name} cannot be empty`);
  }
  return message;
}
