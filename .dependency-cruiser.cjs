/** Dependencies point one way; see the map of the folders in CONTRIBUTING.md. */
const only = (from, to) => ({
  name: `${from} only on ${to.join(", ")}`,
  severity: "error",
  from: { path: `^${from}/` },
  to: {
    path: "^(src|transports|proto|test|bench|examples|scripts)/",
    pathNot: [from, ...to].map((path) => `^${path}(/|$)`),
  },
});

module.exports = {
  forbidden: [
    {
      name: "no circles",
      severity: "error",
      from: { path: "^(src|transports)/" },
      to: { circular: true, dependencyTypesNot: ["type-only"] },
    },
    only("transports", ["proto"]),
    only("src/guest", ["transports", "proto"]),
    only("src/loop", ["transports", "proto"]),
    only("src/runtime", ["transports", "proto"]),
    only("src/observability", ["src/guest", "src/runtime", "transports", "proto"]),
    only("src/server", ["src/runtime", "src/observability", "transports", "proto"]),
    only("src/build", ["src/guest", "transports", "proto"]),
    only("src/ocr2", ["src/loop", "transports/plugin.ts", "transports/clock.ts", "proto"]),
    only("src/plugins", ["src/loop", "transports/plugin.ts", "transports/broker.ts", "src/ocr2", "proto"]),
    {
      name: "one importer of Connect's internals",
      severity: "error",
      from: { pathNot: "^transports/(calls/connect|process/http2).*\\.ts$" },
      to: { path: "@connectrpc/connect/dist/.*/protocol(-grpc)?/" },
    },
    {
      name: "prom-client only in observability and the guest",
      severity: "error",
      from: { pathNot: "^src/(observability|guest)/" },
      to: { path: "node_modules/prom-client" },
    },
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: { exportsFields: ["exports"], conditionNames: ["import", "node", "default"] },
  },
};
