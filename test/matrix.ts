/**
 * Which tests a change is tried with on which runtime. Bun runs all of them; Node and Deno run what can differ there: threads, processes,
 * sockets, streams, servers, files, timers and whatever starts a plugin or a node. `npm run test:full` runs everything everywhere, and so
 * does a run of tests that are named.
 */
import { type RuntimeName, runtimeName, runtimeNames } from "../src/values/platform.ts";

/** Whether only what a change needs is to run; set by scripts/test.ts. */
export const isChangeOnly: boolean = process.env.LOOPP_TEST_CHANGE !== undefined;

/** What a change is tried with on Bun alone. */
export const leftToBun: readonly { readonly files: readonly string[]; readonly why: string }[] = [
  {
    files: [
      "test/values/**",
      "test/http/**",
      "test/settings/**",
      "test/jobs/**",
      "test/chains/**",
      "test/ocr2/**",
      "test/plugins/median/**",
      "test/node/config/**",
      "test/pipeline/{addresses,cached-data-source,decimal,parse,proxies,runner,tasks}.test.ts",
      // Kinds between their types and the wire, over connections in memory. Those over transports are not among them.
      "test/loop/!(brokered|calls|product|transports).test.ts",
      "test/runtime/{options,policy-simulation,restart-policy}.test.ts",
      "test/transports/calls/copy.test.ts",
      "test/transports/options/**",
      // What is done with bytes; with sockets and other peers it is done on every runtime.
      "test/transports/http2/{floods,frame-reader,fuzz,hpack}.test.ts",
    ],
    why: "plain logic, which has no way to tell one runtime from another",
  },
  {
    files: ["test/docs/{configuration,metrics,supervision}.test.ts"],
    why: "tables of the pages, held against the sources",
  },
  {
    files: ["test/prometheus/examples.test.ts"],
    why: "questions to Prometheus, about metrics that other tests find on every runtime",
  },
  { files: ["test/docs/pages.test.ts"], why: "what the pages tell to run, and they tell to run it with Bun" },
  {
    files: ["examples/custom-transport/**"],
    why: "the transport suite over one more link; over those to threads and processes it runs on every runtime",
  },
  {
    files: ["test/endurance/**"],
    why: "what it comes upon by chance has tests of its own in test/transports and test/runtime",
  },
  {
    files: ["test/conformance/**"],
    why: "gRPC over HTTP/2, of which each runtime runs tests of its own; the full run has it on all",
  },
  { files: ["test/bench/**"], why: "a tool of those who measure" },
];

/** Runtimes of the plugin processes that the transport suite is run with, under a host on this one. */
export const suiteRuntimes: readonly RuntimeName[] =
  isChangeOnly && runtimeName !== "bun" ? [runtimeName] : runtimeNames;
