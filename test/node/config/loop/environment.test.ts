import { describe, expect, it } from "vitest";
import { loopEnvironment } from "../../../../src/node/config/loop/environment.ts";
import type { LoopSections } from "../../../../src/node/config/loop/schema.ts";

const own = { metricsPort: 25_100, appId: "node-1" };
const environmentOf = (sections: LoopSections, forwarded: Record<string, string> = {}) =>
  loopEnvironment({ sections, forwarded, metricsHost: "127.0.0.1" }, own);

describe("the environment of a plugin in another language", () => {
  it("is complete without any config, with zero values for settings that are not set", () => {
    const zeros = {
      "0": [
        "GRPC_SERVER_MAX_RECV_MSG_SIZE",
        "MERCURY_TRANSMITTER_TRANSMIT__QUEUE_MAX_SIZE",
        "MERCURY_TRANSMITTER_TRANSMIT_CONCURRENCY",
        "PYROSCOPE_PPROF_BLOCK_PROFILE_RATE",
        "PYROSCOPE_PPROF_MUTEX_PROFILE_FRACTION",
        "TRACING_SAMPLING_RATIO",
        "TELEMETRY_TRACE_SAMPLE_RATIO",
        "TELEMETRY_EMITTER_EXPORT_MAX_BATCH_SIZE",
        "TELEMETRY_EMITTER_MAX_QUEUE_SIZE",
        "TELEMETRY_LOG_EXPORT_MAX_BATCH_SIZE",
        "TELEMETRY_LOG_MAX_QUEUE_SIZE",
        "CHIP_INGRESS_BUFFER_SIZE",
        "CHIP_INGRESS_MAX_BATCH_SIZE",
        "CHIP_INGRESS_MAX_CONCURRENT_SENDS",
        "CHIP_INGRESS_MAX_GRPC_REQUEST_SIZE",
      ],
      "0s": [
        "MERCURY_CACHE_LATEST_REPORT_DEADLINE",
        "MERCURY_CACHE_LATEST_REPORT_TTL",
        "MERCURY_CACHE_MAX_STALE_AGE",
        "MERCURY_TRANSMITTER_TRANSMIT_TIMEOUT",
        "MERCURY_TRANSMITTER_REAPER_FREQUENCY",
        "MERCURY_TRANSMITTER_REAPER_MAX_AGE",
        "TELEMETRY_AUTH_HEADERS_TTL",
        "TELEMETRY_EMITTER_EXPORT_TIMEOUT",
        "TELEMETRY_EMITTER_EXPORT_INTERVAL",
        "TELEMETRY_LOG_EXPORT_TIMEOUT",
        "TELEMETRY_LOG_EXPORT_INTERVAL",
        "CHIP_INGRESS_SEND_INTERVAL",
        "CHIP_INGRESS_SEND_TIMEOUT",
        "CHIP_INGRESS_DRAIN_TIMEOUT",
      ],
      false: [
        "FEATURE_LOG_POLLER",
        "MERCURY_VERBOSE_LOGGING",
        "PYROSCOPE_LINK_TRACES_TO_PROFILES",
        "TRACING_ENABLED",
        "TELEMETRY_ENABLED",
        "TELEMETRY_INSECURE_CONNECTION",
        "TELEMETRY_EMITTER_BATCH_PROCESSOR",
        "TELEMETRY_LOG_STREAMING_ENABLED",
        "TELEMETRY_LOG_BATCH_PROCESSOR",
        "TELEMETRY_PROMETHEUS_BRIDGE_ENABLED",
        "CHIP_INGRESS_INSECURE_CONNECTION",
        "CHIP_INGRESS_BATCH_EMITTER_ENABLED",
        "CHIP_INGRESS_DURABLE_EMITTER_ENABLED",
        "METER_RECORDS_ENABLED",
        "METER_SNAPSHOTS_ENABLED",
      ],
      "": [
        "MERCURY_TRANSMITTER_PROTOCOL",
        "PYROSCOPE_AUTH_TOKEN",
        "PYROSCOPE_SERVER_ADDRESS",
        "PYROSCOPE_ENVIRONMENT",
        "TRACING_COLLECTOR_TARGET",
        "TRACING_TLS_CERT_PATH",
        "TELEMETRY_ENDPOINT",
        "TELEMETRY_CA_CERT_FILE",
        "TELEMETRY_AUTH_PUB_KEY_HEX",
        "TELEMETRY_TRACE_COMPRESSOR",
        "TELEMETRY_METRIC_COMPRESSOR",
        "TELEMETRY_LOG_COMPRESSOR",
        "TELEMETRY_PROMETHEUS_BRIDGE_PREFIXES",
        "CHIP_INGRESS_ENDPOINT",
        "METER_PRODUCT",
        "METER_TENANT",
        "METER_NUMERIC_TENANT_ID",
        "METER_ENVIRONMENT",
        "METER_ZONE",
        "METER_NODE_ID",
      ],
    };
    const expected = Object.entries(zeros).flatMap(([zero, names]) => names.map((name) => [`CL_${name}`, zero]));
    expect(environmentOf({})).toEqual({
      ...Object.fromEntries(expected),
      CL_PROMETHEUS_PORT: "25100",
      CL_APP_ID: "node-1",
      // Its zero.
      CL_TELEMETRY_LOG_LEVEL: "info",
    });
  });

  it("has a database only when one is configured, with usable limits", () => {
    const named = (environment: Record<string, string>) =>
      Object.fromEntries(Object.entries(environment).filter(([name]) => name.startsWith("CL_DATABASE_")));
    expect(named(environmentOf({ Database: { MaxOpenConns: 3 } }))).toEqual({});
    const Database = { URL: "postgresql://u:p@h/d", MaxOpenConns: 3, Listener: { FallbackPollInterval: "5s" } };
    expect(named(environmentOf({ Database }))).toEqual({
      CL_DATABASE_URL: "postgresql://u:p@h/d",
      CL_DATABASE_IDLE_IN_TX_SESSION_TIMEOUT: "1h0m0s",
      CL_DATABASE_LOCK_TIMEOUT: "15s",
      CL_DATABASE_QUERY_TIMEOUT: "10s",
      CL_DATABASE_LISTNER_FALLBACK_POLL_INTERVAL: "5s",
      CL_DATABASE_LOG_SQL: "false",
      CL_DATABASE_MAX_OPEN_CONNS: "3",
      CL_DATABASE_MAX_IDLE_CONNS: "10",
      CL_DATABASE_TRACING_ENABLED: "false",
    });
  });

  it("has a variable for each attribute and header, their names as they were written", () => {
    const environment = environmentOf({
      Tracing: {
        Enabled: true,
        CollectorTarget: "collector:4317",
        SamplingRatio: 0.25,
        Mode: "tls",
        TLSCertPath: "/etc/ca.pem",
        Attributes: { env: "test", "service.zone": "b" },
      },
      Telemetry: {
        Enabled: true,
        Endpoint: "collector:4318",
        ResourceAttributes: { team: "x" },
        AuthHeaders: { "X-Auth": "secret" },
        MetricCardinalityLimit: 0,
        MetricViewsDenyAttributes: ["a", "b"],
        PrometheusBridge: { Enabled: true, Prefixes: ["ocr_", "go_"] },
        LogExportTimeout: "3s",
      },
    });
    expect(environment).toMatchObject({
      CL_TRACING_ENABLED: "true",
      CL_TRACING_COLLECTOR_TARGET: "collector:4317",
      CL_TRACING_SAMPLING_RATIO: "0.25",
      CL_TRACING_TLS_CERT_PATH: "/etc/ca.pem",
      CL_TRACING_ATTRIBUTE_env: "test",
      "CL_TRACING_ATTRIBUTE_service.zone": "b",
      CL_TELEMETRY_ENABLED: "true",
      CL_TELEMETRY_ATTRIBUTE_team: "x",
      "CL_TELEMETRY_AUTH_HEADERX-Auth": "secret",
      CL_TELEMETRY_METRIC_CARDINALITY_LIMIT: "0",
      CL_TELEMETRY_METRIC_VIEWS_DENY_ATTRIBUTES: "a,b",
      CL_TELEMETRY_PROMETHEUS_BRIDGE_PREFIXES: "ocr_,go_",
      CL_TELEMETRY_LOG_EXPORT_TIMEOUT: "3s",
      // Left out, and of use only with a time.
      CL_TELEMETRY_EMITTER_EXPORT_TIMEOUT: "1s",
      CL_TELEMETRY_EMITTER_BATCH_PROCESSOR: "true",
    });
  });

  it("passes on the node's variables about workflows unchanged", () => {
    expect(environmentOf({}, { CL_CRE_SETTINGS: "{}" })).toMatchObject({ CL_CRE_SETTINGS: "{}" });
  });

  it("leaves out the certificate of a connection that is not encrypted", () => {
    const Tracing = { Mode: "unencrypted" as const, TLSCertPath: "/etc/ca.pem" };
    expect(environmentOf({ Tracing }).CL_TRACING_TLS_CERT_PATH).toBe("");
  });
});
