/**
 * The real Go programs that the tests run against. Each is built when first asked for, from a module beside this file, and kept
 * (see scripts/go-program.ts).
 * `node test/interop/peers.ts [NAME ...]` builds some of them beforehand, or all but those of a node of Chainlink's, which only the full
 * run of the tests needs.
 */
import { fileURLToPath } from "node:url";
import { buildGo, pinnedVersion } from "../../scripts/go-program.ts";

const conformancePlugin = "github.com/smartcontractkit/chainlink-common/pkg/loop/internal/test/cmd";
const feeds = "github.com/smartcontractkit/chainlink-feeds";
const starknet = "github.com/smartcontractkit/chainlink-starknet/relayer";
const common = "github.com/smartcontractkit/chainlink-common";
const chainlink = "github.com/smartcontractkit/chainlink/v2";

interface Peer {
  /** Of its module, beside this file. */
  readonly folder: string;
  /** The main package. */
  readonly main: string;
  /** The module whose version is the peer's. */
  readonly versionOf: string;
  /** Whether it needs C: the others have one way to be built, with or without a C compiler. */
  readonly isPartlyC?: boolean;
}

const peers = {
  "chainlink-feeds": { folder: "2024", main: `${feeds}/cmd/chainlink-feeds`, versionOf: feeds },
  "conformance-2024": { folder: "2024", main: conformancePlugin, versionOf: common },
  "frost-2024": { folder: "2024", main: "./frost", versionOf: common },
  "host-2024": { folder: "2024", main: "./host", versionOf: common },
  "conformance-2026": { folder: "2026", main: conformancePlugin, versionOf: common },
  "frost-2026": { folder: "2026", main: "./frost", versionOf: common },
  "host-2026": { folder: "2026", main: "./host", versionOf: common },
  "chainlink-starknet": {
    folder: "starknet",
    main: `${starknet}/pkg/chainlink/cmd/chainlink-starknet`,
    versionOf: starknet,
  },
  chainlink: { folder: "node", main: chainlink, versionOf: chainlink, isPartlyC: true },
  // Of the node's time: the one above speaks to later nodes only.
  "feeds-of-node": { folder: "node", main: `${feeds}/cmd/chainlink-feeds`, versionOf: feeds },
  feedtool: { folder: "node", main: "./feedtool", versionOf: "github.com/smartcontractkit/libocr" },
} as const satisfies Readonly<Record<string, Peer>>;

export type PeerName = keyof typeof peers;

const peerNames = Object.keys(peers) as readonly PeerName[];
const ofEveryRun = peerNames.filter((name) => peers[name].folder !== "node");

/** What a peer was released as, such as "v0.1.1"; for what is ours, the version of chainlink-common that it is made of. */
export function peerVersion(name: PeerName): string {
  const { folder, versionOf } = peers[name];
  return pinnedVersion(moduleFolder(folder), versionOf);
}

const asked = new Map<PeerName, Promise<string>>();

/**
 * The path of a peer's binary. Builds it where it is not built yet, which takes a minute or two on an idle machine.
 * @throws Error with Go's own words when there is no Go, or when it cannot build
 */
export function peer(name: PeerName): Promise<string> {
  let path = asked.get(name);
  if (path === undefined) {
    const { folder, ...peer }: Peer = peers[name];
    path = buildGo({ ...peer, name, module: moduleFolder(folder) });
    asked.set(name, path);
  }
  return path;
}

function moduleFolder(folder: string): string {
  return fileURLToPath(new URL(folder, import.meta.url));
}

if (import.meta.main) {
  process.once("SIGTERM", () => process.exit(143));
  const names = process.argv.slice(2);
  const unknown = names.find((name) => !Object.hasOwn(peers, name));
  if (unknown !== undefined) throw new RangeError(`There is no peer "${unknown}"; there are ${peerNames.join(", ")}`);
  for (const name of names.length === 0 ? ofEveryRun : (names as PeerName[])) console.log(await peer(name));
}
