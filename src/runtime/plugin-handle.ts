/** A plugin as its users know it: it stays the same while instances come and go. */
import type { DescService } from "@bufbuild/protobuf";
import type { Client, Transport } from "@connectrpc/connect";
import { createClient } from "../../transports/calls/client.ts";
import { createTransport } from "../../transports/calls/transport.ts";
import type { Carrier } from "../../transports/connection.ts";
import { check } from "../../transports/options/check.ts";
import { flag, numberFrom, object } from "../../transports/options/schema.ts";
import type { LaunchError, PluginExit } from "../../transports/transport.ts";
import { defined } from "../values/defined.ts";
import { lastingCarrier, type OnMissed } from "./calls.ts";
import type { Faults } from "./faults.ts";
import type { SwitchOptions, SwitchReport } from "./handover.ts";
import type { CallObservation } from "./observed-calls.ts";
import type { PluginSpec } from "./plugin-spec.ts";
import { createResource, type Resource, type ResourceOptions } from "./resources.ts";
import type { PluginState } from "./states.ts";
import type { Supervisor } from "./supervisor.ts";

export interface PluginHandle {
  readonly name: string;
  readonly state: PluginState;
  /** Where the plugin runs now, or ran last. */
  readonly transport: string;
  /** What `GET /plugins` shows. */
  readonly status: PluginStatus;
  /** A typed client whose calls go to the current instance. @throws TypeError for wrong options */
  client<Service extends DescService>(service: Service, options?: ClientOptions): Client<Service>;
  /** The same for callers that make clients themselves. */
  readonly connect: Transport;
  /** The same for calls of which only the bytes are known, as a proxy has them. */
  readonly bytes: Carrier<Uint8Array>;
  /** Something made through the plugin, made again in every instance. */
  resource<T>(options: ResourceOptions<T>): Resource<T>;
  /** Starts the plugin after a stop or a failure. @throws LaunchError */
  start(): Promise<void>;
  stop(): Promise<void>;
  /** Replaces the instance by another on the same transport. @throws LaunchError, and the old instance goes on */
  restart(options?: SwitchOptions): Promise<SwitchReport>;
  /**
   * Replaces the instance by one on another transport. Unary calls and resources carry over; calls that do not finish within
   * `drainMs` are cut off and counted. @throws TypeError for a transport that the plugin cannot run on, LaunchError; the old
   * instance then goes on
   */
  switchTo(transport: string, options?: SwitchOptions): Promise<SwitchReport>;
  /** Kills the instance, as a crash would: the restart policy takes over. */
  kill(): void;
  /** Faults on purpose, which can be changed while the plugin runs. */
  readonly faults: Faults;
}

export interface ClientOptions {
  /** Whether a call waits for an instance that is starting. @default true */
  readonly waitForReady?: boolean;
  /** Deadline of unary calls that name none, or one of 0 or less, in milliseconds. @default the plugin's `callTimeoutMs` */
  readonly callTimeoutMs?: number;
}

const clientOptions = object({ waitForReady: flag, callTimeoutMs: numberFrom(1) });

export interface PluginStatus {
  readonly name: string;
  readonly transport: string;
  readonly state: PluginState;
  readonly generation: number;
  readonly pid?: number;
  readonly threadId?: number;
  readonly protocolVersion?: number;
  /** How often it was restarted after it ended unexpectedly. */
  readonly restarts: number;
  /** When the state was entered, ISO 8601. */
  readonly since: string;
  /** When it is restarted, ISO 8601, while it is backing off. */
  readonly nextStart?: string;
  readonly lastExit?: PluginExit;
  /** Why the latest launch failed, where it did. */
  readonly launchFailure?: LaunchError["code"];
}

export function createPluginHandle(
  spec: PluginSpec,
  supervisor: Supervisor,
  faults: Faults,
  observation?: CallObservation,
): PluginHandle {
  const onMissed: OnMissed = (call, error) => observation?.missed(call, error);
  const transportOf = ({ waitForReady = true, callTimeoutMs = spec.callTimeoutMs }: ClientOptions = {}) =>
    createTransport(
      lastingCarrier(supervisor, ({ messages }) => messages, waitForReady, onMissed),
      { callTimeoutMs },
    );
  return {
    name: spec.name,
    get state() {
      return supervisor.state;
    },
    get transport() {
      return supervisor.transport;
    },
    get status() {
      const { running, lastExit, launchFailure, nextStart } = supervisor;
      return {
        name: spec.name,
        transport: supervisor.transport,
        state: supervisor.state,
        generation: supervisor.generation,
        ...running?.instance.facts,
        restarts: supervisor.restarts,
        since: new Date(supervisor.since).toISOString(),
        ...(nextStart === undefined ? {} : { nextStart: new Date(nextStart).toISOString() }),
        ...defined({ lastExit, launchFailure }),
      };
    },
    client(service, options) {
      return createClient(service, transportOf(check(clientOptions, options, "client")));
    },
    connect: transportOf(),
    bytes: lastingCarrier(supervisor, ({ bytes }) => bytes, true, onMissed),
    resource(options) {
      const resource = createResource(
        options,
        (waiting) => supervisor.acquire(waiting),
        () => supervisor.resources.delete(resource),
      );
      supervisor.resources.add(resource);
      return resource;
    },
    start: () => supervisor.start(),
    stop: () => supervisor.stop(),
    restart: (options) => supervisor.replace(undefined, options),
    switchTo: (transport, options) => supervisor.replace(transport, options),
    kill: () => supervisor.running?.kill(),
    faults,
  };
}
