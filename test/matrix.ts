/**
 * Which tests a change is tried with on which runtime. Bun runs all of them; Node and Deno run what can differ there: threads, processes,
 * sockets, streams, servers, files, timers and whatever starts a plugin or a node. What is listed here is plain logic, which has no way
 * to tell one runtime from another. `npm run test:full` runs everything everywhere, and so does a run of tests that are named.
 */
export const sameOnEveryRuntime: readonly string[] = [
  "test/values/**",
  "test/settings/**",
  "test/jobs/**",
  "test/chains/**",
  "test/ocr2/**",
  "test/plugins/median/**",
  "test/node/config/**",
  "test/pipeline/{addresses,cached-data-source,decimal,parse,runner}.test.ts",
  // Kinds between their types and the wire, over connections in memory. Those over transports are not among them.
  "test/loop/!(brokered|calls|product|transports).test.ts",
  "test/runtime/{options,policy-simulation,restart-policy}.test.ts",
  "test/transports/options/**",
  // Tables of the pages, held against the sources.
  "test/docs/{configuration,metrics,supervision}.test.ts",
];

/** Whether only what a change needs is to run; set by scripts/test.ts. */
export const isChangeOnly: boolean = process.env.LOOPP_TEST_CHANGE !== undefined;
