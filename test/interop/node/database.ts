/** PostgreSQL, the database that every node of Chainlink's needs: one server for all of them, with what it keeps thrown away at the end. */
import { spawn, spawnSync } from "node:child_process";
import { existsSync, readdirSync, realpathSync } from "node:fs";
import { dirname, join } from "node:path";
import { findProgram } from "../../../scripts/find-program.ts";
import { until } from "../../../src/testing/until.ts";
import { asUser } from "./isolation.ts";
import { run } from "./programs.ts";

/** The folder of its programs. Debian's package has them outside of PATH. */
export function findPostgres(): string | undefined {
  const onPath = findProgram("postgres");
  const folders = [...debianFolders(), ...(onPath === undefined ? [] : [dirname(realpathSync(onPath))])];
  return folders.find((folder) => ["initdb", "postgres", "psql"].every((name) => existsSync(join(folder, name))));
}

function debianFolders(): readonly string[] {
  const root = "/usr/lib/postgresql";
  const versions = existsSync(root) ? readdirSync(root) : [];
  return versions.sort((one, other) => Number(other) - Number(one)).map((version) => join(root, version, "bin"));
}

/** Installs Debian's package where there is no PostgreSQL and this is allowed; otherwise it does nothing. */
export function installPostgres(): void {
  if (findPostgres() !== undefined || findProgram("apt-get") === undefined || process.getuid?.() !== 0) return;
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  const install = ["install", "-y", "-qq", "--no-install-recommends", "postgresql"];
  const quietly = { env, stdio: "ignore" } as const;
  if (spawnSync("apt-get", install, quietly).status === 0) return;
  spawnSync("apt-get", ["update", "-qq"], quietly);
  spawnSync("apt-get", install, quietly);
}

export interface Database {
  /** Makes an empty one. @returns its URL, with a password of the length that a node insists on */
  create(name: string): Promise<string>;
}

/** @param programs the folder of `postgres`, see {@link findPostgres} */
export async function startDatabase(programs: string, folder: string): Promise<Database> {
  const data = join(folder, "postgres");
  await run(asUser([join(programs, "initdb"), "-D", data, "-U", "node", "-A", "trust", "--no-sync"]));
  const settings = {
    listen_addresses: "127.0.0.1",
    unix_socket_directories: "",
    max_connections: "300",
    fsync: "off",
  };
  const options = Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
  const [program, ...args] = asUser([join(programs, "postgres"), "-D", data, ...options]);
  spawn(program, args, { stdio: "ignore" });
  const ask = (sql: string) =>
    run([join(programs, "psql"), "-h", "127.0.0.1", "-U", "node", "-d", "postgres", "-c", sql]);
  await until("PostgreSQL answers", () => ask("select 1"), { everyMs: 100 });
  return {
    async create(name) {
      await ask(`create database ${name}`);
      return `postgresql://node:a-password-long-enough@127.0.0.1:5432/${name}?sslmode=disable`;
    },
  };
}
