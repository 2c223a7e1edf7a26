/** Dependencies point one way; see the map of the folders in CONTRIBUTING.md. Imports of types count like all others. */
const own = "^(src|transports|proto|test|bench|examples|scripts)/";

/** What a folder may know, beside itself. */
const only = (from, to) => ({
  name: `${from} only on ${to.join(", ")}`,
  severity: "error",
  from: { path: `^${from}/` },
  to: { path: own, pathNot: [from, ...to].map((path) => `^${path}(/|$)`) },
});

module.exports = {
  forbidden: [
    { name: "no circles", severity: "error", from: { path: "^(src|transports)/" }, to: { circular: true } },
    only("src/values", []),
    only("transports", ["proto", "src/values"]),
    only("src/http", ["src/values"]),
    only("src/metrics", ["src/http", "src/values"]),
    only("src/guest", ["src/metrics", "src/http", "src/values", "transports", "proto"]),
    only("src/loop", ["src/values", "transports", "proto"]),
    only("src/runtime", ["src/values", "transports", "proto"]),
    only("src/observability", ["src/metrics", "src/http", "src/runtime", "src/values", "transports", "proto"]),
    only("src/server", ["src/observability", "src/metrics", "src/http", "src/runtime", "src/values", "transports"]),
    only("src/build", ["src/values", "transports", "src/guest"]),
    only("src/ocr2", ["src/loop", "src/values", "transports/plugin.ts", "transports/time", "proto"]),
    only("src/settings", ["src/values"]),
    only("src/pipeline", [
      "src/settings",
      "src/loop",
      "src/http",
      "src/values",
      "transports/plugin.ts",
      "transports/time",
    ]),
    only("src/jobs", [
      "src/loop/relayer/provider-types.ts",
      "src/pipeline",
      "src/chains",
      "src/settings",
      "src/ocr2/config",
      "src/ocr2/keys",
      "src/values",
    ]),
    only("src/chains", ["src/ocr2", "src/loop", "src/settings", "src/values"]),
    only("src/plugins", ["src/chains", "src/loop", "src/values", "transports/plugin.ts", "proto"]),
    only("src/testing", ["src/runtime", "src/values", "transports", "proto"]),
    {
      name: "chain families are named by their registry only, and by their plugins",
      severity: "error",
      from: { path: "^(src|transports)/", pathNot: "^src/(chains|plugins)/" },
      to: { path: "^src/chains/[^/]+/" },
    },
    {
      name: "a plugin does not bring all chain families with it",
      severity: "error",
      from: { path: "^src/plugins/" },
      to: { path: "^src/chains/index\\.ts$" },
    },
    {
      name: "the node is known to the command line only",
      severity: "error",
      from: { path: "^(src|transports)/", pathNot: "^src/(node|cli)/" },
      to: { path: "^src/(node|cli)/" },
    },
    {
      name: "no chain's library in ocr2",
      severity: "error",
      from: { path: "^src/ocr2/" },
      to: { path: "node_modules/(viem|abitype|ox)/" },
    },
    {
      name: "one importer of Connect's internals",
      severity: "error",
      from: { pathNot: "^transports/calls/connect\\.ts$" },
      to: { path: "node_modules/@connectrpc/connect/dist/.*/protocol(-grpc)?/" },
    },
    {
      name: "one importer of connect-node",
      severity: "error",
      from: { path: "^(src|transports)/", pathNot: "^transports/connect-node/client\\.ts$" },
      to: { path: "node_modules/@connectrpc/connect-node" },
    },
    {
      name: "prom-client only where metrics are made",
      severity: "error",
      from: { pathNot: "^src/(metrics|observability|guest)/" },
      to: { path: "node_modules/prom-client" },
    },
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: { exportsFields: ["exports"], conditionNames: ["import", "node", "default"] },
  },
};
