/**
 * Another user who has directories and links change places under names that hosts sweep, for as long as it runs:
 * `swap.mjs <uid> <folder> <target of the links> <prefix of the names>`.
 */
import { mkdirSync, renameSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";

const [uid, folder, target, prefix] = process.argv.slice(2);
process.setgroups([]);
process.setgid(Number(uid));
process.setuid(Number(uid));
const places = await Promise.all(
  Array.from({ length: 20 }, async (_, index) => {
    const name = join(folder, `${prefix}${index}`);
    const directory = join(folder, `directory-of-${prefix}${index}`);
    const link = join(folder, `link-of-${prefix}${index}`);
    mkdirSync(name, { mode: 0o700 });
    for (let count = 0; count < 20; count++) writeFileSync(join(name, `${count}.sock`), "");
    await leaveLock(join(name, "lock"));
    symlinkSync(target, link);
    return { name, directory, link };
  }),
);
process.stdout.write("swapping\n");
for (;;) {
  for (const { name, directory, link } of places) {
    move(name, directory);
    move(link, name);
  }
  for (const { name, directory, link } of places) {
    move(name, link);
    move(directory, name);
  }
}

/** What is not there any more, the host has removed. */
function move(from, to) {
  try {
    renameSync(from, to);
  } catch {}
}

/** A socket that does not answer, as a host leaves it that has died. */
async function leaveLock(path) {
  const server = createServer().listen(path);
  await new Promise((resolve) => server.once("listening", resolve));
  renameSync(path, `${path}.kept`);
  await new Promise((resolve) => server.close(resolve));
  renameSync(`${path}.kept`, path);
}
