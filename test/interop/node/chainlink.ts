/** One node of Chainlink's: its folder, its process, and what its API is asked for. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createWriteStream, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Address } from "viem";
import { until } from "../../../src/testing/until.ts";
import { type OracleKeys, rpcUrl } from "./chain.ts";

const user = { email: "operator@example.com", password: "a-password-long-enough" };

export interface NodeOptions {
  readonly name: string;
  /** Its own, which must exist. */
  readonly folder: string;
  readonly program: string;
  readonly databaseUrl: string;
  /** For its API, and, one higher, for the other nodes. */
  readonly port: number;
}

/** A line of a node's log. */
export interface LogLine {
  readonly level: string;
  readonly msg: string;
  /** Milliseconds since 1970. */
  readonly time: number;
  readonly logger: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

export interface ChainlinkNode {
  readonly name: string;
  /** For the others' jobs, such as `12D3...@127.0.0.1:6690`. */
  address(): Promise<string>;
  keys(): Promise<OracleKeys & { readonly bundle: string }>;
  addJob(toml: string): Promise<void>;
  /** The answer to a GET request. */
  get(path: string): Promise<Response>;
  /** Starts the process. @param medianCommand the median plugin, or none for the one that is part of the node */
  start(medianCommand: string | undefined): Promise<void>;
  /** Asks it to end, and waits until it has. */
  stop(): Promise<void>;
  /** Of all processes so far. */
  log(): readonly LogLine[];
  /** Processes that it has started and that run. */
  plugins(): readonly number[];
  /** Where it and its plugins keep their sockets. */
  readonly scratch: string;
}

export function createNode({ name, folder, program, databaseUrl, port }: NodeOptions): ChainlinkNode {
  const file = (base: string, content: string) => {
    const path = join(folder, base);
    writeFileSync(path, content);
    return path;
  };
  mkdirSync(folder, { recursive: true });
  const scratch = join(folder, "tmp");
  mkdirSync(scratch);
  const config = file("config.toml", configOf(folder, port));
  const secrets = file("secrets.toml", secretsOf(databaseUrl));
  const credentials = file("api.txt", `${user.email}\n${user.password}\n`);
  const logFile = join(folder, "log.jsonl");
  const root = `http://127.0.0.1:${port}`;
  let child: ChildProcess | undefined;
  let cookie = "";

  async function login(): Promise<boolean> {
    const response = await fetch(`${root}/sessions`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(user),
    });
    cookie = response.headers.get("set-cookie")?.split(";")[0] ?? "";
    return response.ok && cookie !== "";
  }

  const get = (path: string) => fetch(`${root}${path}`, { headers: { cookie } });

  async function ask<Attributes>(path: string): Promise<readonly { id: string; attributes: Attributes }[]> {
    const { data } = (await (await get(path)).json()) as { data: { id: string; attributes: Attributes }[] };
    return data;
  }

  async function peerId(): Promise<string> {
    const [key] = await ask<{ peerId: string }>("/v2/keys/p2p");
    return (key?.attributes.peerId ?? "").replace(/^p2p_/, "");
  }

  return {
    name,
    scratch,
    get,
    async address() {
      return `${await peerId()}@127.0.0.1:${port + 1}`;
    },
    async keys() {
      const bundles =
        await ask<Record<"chainType" | "onchainPublicKey" | "offchainPublicKey" | "configPublicKey", string>>(
          "/v2/keys/ocr2",
        );
      const bundle = bundles.find(({ attributes }) => attributes.chainType === "evm");
      const [account] = await ask<{ address: Address }>("/v2/keys/evm");
      if (bundle === undefined || account === undefined) throw new Error(`${name} has no keys`);
      const hex = (text: string) => text.replace(/^ocr2(on|off|cfg)_evm_/, "").replace(/^0x/, "");
      const { onchainPublicKey, offchainPublicKey, configPublicKey } = bundle.attributes;
      return {
        bundle: bundle.id,
        Onchain: hex(onchainPublicKey),
        Offchain: hex(offchainPublicKey),
        Config: hex(configPublicKey),
        Peer: await peerId(),
        Account: account.attributes.address,
      };
    },
    async addJob(toml) {
      const response = await fetch(`${root}/v2/jobs`, {
        method: "POST",
        headers: { cookie, "content-type": "application/json" },
        body: JSON.stringify({ toml }),
      });
      if (!response.ok) throw new Error(`${name} does not take the job: ${await response.text()}`);
    },
    async start(medianCommand) {
      const plugin = medianCommand === undefined ? {} : { CL_MEDIAN_CMD: medianCommand };
      child = spawn(program, ["--config", config, "--secrets", secrets, "node", "start", "--api", credentials], {
        env: { PATH: "/usr/bin:/bin", HOME: folder, TMPDIR: scratch, ...plugin },
        stdio: ["ignore", "pipe", "pipe"],
      });
      const written = createWriteStream(logFile, { flags: "a" });
      child.stdout?.pipe(written, { end: false });
      child.stderr?.pipe(written, { end: false });
      const started = child;
      await until(
        `${name} answers`,
        () => {
          if (started.exitCode !== null)
            throw new Error(`${name} has ended:\n${readFileSync(logFile, "utf8").slice(-3000)}`);
          return login();
        },
        { everyMs: 200, withinMs: 120_000 },
      );
    },
    async stop() {
      if (child === undefined || child.exitCode !== null) return;
      child.kill("SIGTERM");
      await once(child, "close");
    },
    log: () => readFileSync(logFile, "utf8").split("\n").flatMap(readLine),
    plugins: () => childrenOf(child?.pid ?? 0),
  };
}

function readLine(line: string): LogLine[] {
  if (!line.startsWith("{")) return [];
  const { level, msg, ts, logger, ...fields } = JSON.parse(line);
  return [{ level, msg, logger: logger ?? "", fields, time: typeof ts === "number" ? ts * 1000 : Date.parse(ts) }];
}

/** Whichever of its threads has started them. */
function childrenOf(pid: number): readonly number[] {
  try {
    const threads = readdirSync(`/proc/${pid}/task`);
    const lists = threads.map((thread) => readFileSync(`/proc/${pid}/task/${thread}/children`, "utf8"));
    return lists.flatMap((list) => list.split(" ").filter(Boolean).map(Number));
  } catch {
    return [];
  }
}

function secretsOf(databaseUrl: string): string {
  return `
[Database]
URL = '${databaseUrl}'
[Password]
Keystore = '${user.password}'
`;
}

function configOf(folder: string, port: number): string {
  return `
RootDir = '${folder}'
InsecureFastScrypt = true
[Feature]
LogPoller = true
[Log]
Level = 'debug'
JSONConsole = true
[Log.File]
MaxSize = '0b'
[WebServer]
HTTPPort = ${port}
SecureCookies = false
[WebServer.TLS]
HTTPSPort = 0
[OCR2]
Enabled = true
[P2P.V2]
Enabled = true
ListenAddresses = ['127.0.0.1:${port + 1}']
DeltaDial = '1s'
DeltaReconcile = '2s'
[[EVM]]
ChainID = '31337'
FinalityDepth = 1
MinIncomingConfirmations = 1
LogPollInterval = '1s'
NoNewHeadsThreshold = '0s'
[EVM.GasEstimator]
Mode = 'FixedPrice'
[[EVM.Nodes]]
Name = 'anvil'
HTTPURL = '${rpcUrl}'
WSURL = '${rpcUrl.replace("http", "ws")}'
`;
}
