/** What `loopp config` prints. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { parseFlags } from "../../../src/node/config/flags.ts";
import { loadConfig } from "../../../src/node/config/load.ts";
import { formatConfig } from "../../../src/node/config/show.ts";
import { maskUrls } from "../../../src/settings/secrets.ts";

it("formatConfig() shows every value with its origin, and no secret", () => {
  const directory = mkdtempSync(join(tmpdir(), "loopp-show-"));
  writeFileSync(
    join(directory, "node.toml"),
    `[http]
port = 7000
[bridges]
widget = "http://user:hunter2@adapter.example/a?apikey=hunter2"
[plugins.median]
env = { API_KEY = "hunter2", BEARER = "hunter2", PG_PASS = "hunter2", PIN = "hunter2", SEED = "hunter2", PLAIN = "hunter2" }
limits = { startTimeout = "1m30s" }
[plugins.median.carrier-pigeon]
authToken = "hunter2"
[[EVM]]
ChainID = "1"
[[EVM.Nodes]]
Name = "main"
HTTPURL = "https://rpc.example/v2/hunter2hunter2hunter2hunter2"
[[Starknet]]
ChainID = "SN_MAIN"
[[Starknet.Nodes]]
Name = "main"
URL = "https://rpc.example"
APIKey = "hunter2"
[plugins.solana]
command = "sh"
args = ["--token=hunter2", "--api-key", "hunter2", "-c", "PG_PASS=hunter2 exec x", "Authorization: Bearer hunter2", "--port", "80"]
`,
  );
  const transports = ["in-process", "worker", "process", "carrier-pigeon"];
  const env = { CL_EVM_CMD: "sh" };
  const flags = parseFlags(["--config", "node.toml", "--transport", "median.key-usd=worker"]);
  const text = formatConfig(loadConfig({ flags, env, transports, directory }));
  rmSync(directory, { recursive: true });

  expect(text).not.toContain("hunter2");
  const lines = text.split("\n").map((line) => line.replace(/ {2,}/g, "  "));
  for (const line of [
    'http.host = "127.0.0.1"  # default',
    "http.port = 7000  # node.toml:2",
    'bridges.widget = "http://********@adapter.example/a?********"  # node.toml:4',
    "ocr2.localConfig.contractConfigTrackerPollIntervalMs = 1m0s  # default",
    'plugins.median.env.API_KEY = "********"  # node.toml:6',
    'plugins.median.env.PLAIN = "********"  # node.toml:6',
    'plugins.solana.args = ["--token=********", "--api-key", "********", "-c", "PG_PASS=********", "Authorization: ********", "--port", "80"]  # node.toml:23',
    "plugins.median.limits.startTimeoutMs = 1m30s  # node.toml:7",
    'plugins.median.carrier-pigeon.authToken = "********"  # node.toml:9',
    'plugins."median.key-usd".transport = "worker"  # --transport median.key-usd=worker',
    'plugins.evm.transport = "process"  # CL_EVM_CMD',
    'plugins.evm.command = "sh"  # CL_EVM_CMD',
    'EVM[0].ChainID = "1"  # node.toml:11',
    'EVM[0].Nodes[0].HTTPURL = "https://rpc.example/v2/********"  # node.toml:14',
    'Starknet[0].Nodes[0].APIKey = "********"  # node.toml:20',
  ]) {
    expect(lines).toContain(line);
  }
});

it("maskUrls() does not change ordinary strings and URLs", () => {
  for (const text of ["plain", "http://127.0.0.1:8545", "https://x.example/a/b", "not://", "a: //b"]) {
    expect(maskUrls(text)).toBe(text);
  }
});

it("formatConfig() has a line for each value, whatever is in its name", () => {
  const directory = mkdtempSync(join(tmpdir(), "loopp-show-"));
  writeFileSync(
    join(directory, "node.toml"),
    '[plugins.median]\nenv = { "A\\u001b[2J\\u009b\\nB" = "x\\ny\\u009b" }\n',
  );
  const flags = parseFlags(["--config", "node.toml"]);
  const text = formatConfig(loadConfig({ flags, env: {}, transports: ["in-process"], directory }));
  rmSync(directory, { recursive: true });

  expect(text).toContain('plugins.median.env."A\\u001b[2J\\x9b\\nB"');
  expect(text.replaceAll("\n", "")).not.toMatch(/\p{Cc}/u);
});
