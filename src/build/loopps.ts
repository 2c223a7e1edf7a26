/** Chainlink's own plugins: where their sources are, and how each is built. */
import { basename, join } from "node:path";

export interface Loopp {
  /** The Go module and its version, as Go's tools write them. */
  readonly module: string;
  readonly version: string;
  /** The folder of its main package in the module; the last part is the program's name. */
  readonly main: string;
  /**
   * Modules that must be replaced by others. The module's go.mod says so, but Go heeds that only in the main module: this is why
   * `go install` refuses it.
   */
  readonly replace?: Readonly<Record<string, string>>;
}

/** By kind of plugin. */
export const loopps: Readonly<Record<string, Loopp>> = {
  median: {
    module: "github.com/smartcontractkit/chainlink-feeds",
    version: "v0.1.1",
    main: "cmd/chainlink-feeds",
  },
  solana: {
    module: "github.com/smartcontractkit/chainlink-solana",
    version: "v1.1.1-0.20241024134904-ee601d69ecc6",
    main: "pkg/solana/cmd/chainlink-solana",
  },
  starknet: {
    module: "github.com/smartcontractkit/chainlink-starknet/relayer",
    version: "v0.1.0",
    main: "pkg/chainlink/cmd/chainlink-starknet",
    replace: { "github.com/gogo/protobuf": "github.com/regen-network/protobuf v1.3.3-alpha.regen.1" },
  },
};

export function programOf({ main }: Loopp): string {
  return basename(main);
}

/**
 * The go.mod of a module that requires the plugin's module in its version. (`go install` cannot replace modules, and asks for the list
 * of all versions, which not every proxy has.)
 */
export function goModOf({ module, version, replace = {} }: Loopp): string {
  const replaced = Object.entries(replace).map(([from, to]) => `replace ${from} => ${to}\n`);
  return ["module loopp/install\n", "go 1.22\n", `require ${module} ${version}\n`, ...replaced].join("\n");
}

/** Additions to the environment: the program is built without a C library, and outside of any Go workspace. */
export const goEnvironment = { CGO_ENABLED: "0", GOWORK: "off" } as const;

/** The arguments of `go`, in a folder with that go.mod. */
export function goArguments(loopp: Loopp, folder: string): readonly string[] {
  return ["build", "-mod=mod", "-o", join(folder, programOf(loopp)), `${loopp.module}/${loopp.main}`];
}

/** The same as a shell script. */
export function scriptOf(loopp: Loopp, folder: string): string {
  const variables = Object.entries(goEnvironment).map(([name, value]) => `${name}=${value}`);
  return [
    `mkdir -p ${quote(folder)}`,
    'cd "$(mktemp -d)"',
    "cat > go.mod <<'END'",
    `${goModOf(loopp)}END`,
    [...variables, "go", ...goArguments(loopp, folder).map(quote)].join(" "),
    "",
  ].join("\n");
}

/** A word as a shell reads it. */
export function quote(word: string): string {
  return /^[\w./@:=+-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
