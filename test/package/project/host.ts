/**
 * Runs the two plugins on every transport, and one more time as the command that the arguments name. A line for each, and
 * a last one that says on which runtime.
 */
import { createRuntime, findExit, type PluginLogLine, type PluginOptions } from "loopp";
import { Shout } from "./gen/shout_pb.js";

const [command = "", ...args] = process.argv.slice(2);
const inJavaScript = new URL("./javascript.plugin.js", import.meta.url);
const inTypeScript = new URL("./typescript.plugin.ts", import.meta.url);
const logged: PluginLogLine[] = [];
const plugins: Record<string, PluginOptions> = {
  javascript: { module: inJavaScript, restart: false },
  typescript: { module: inTypeScript, config: { mark: "?" } },
  command: { options: { process: { command, args } } },
};

await using runtime = await createRuntime({ plugins, onLog: (line) => logged.push(line) });
for (const transport of ["in-process", "worker", "process"]) {
  for (const name of ["javascript", "typescript"]) {
    const plugin = runtime.plugin(name);
    if (plugin.transport !== transport) await plugin.switchTo(transport);
    await say(name);
  }
}
await say("command");
const dying = runtime.plugin("javascript");
const call = exitOf(dying.client(Shout).shout({ text: "" }));
dying.kill();
console.log(`then ${await call}`);
console.log(`logged ${logged.filter(({ message }) => message === "ends with ?").length} times`);
console.log(`on ${"bun" in process.versions ? "bun" : "deno" in process.versions ? "deno" : "node"}`);

async function say(name: string): Promise<void> {
  const { transport, status } = runtime.plugin(name);
  const client = runtime.client(name, Shout);
  const { text } = await client.shout({ text: "hear me" }, { timeoutMs: 10_000 });
  const words: string[] = [];
  for await (const word of client.echo({ text: "a b c" }, { timeoutMs: 10_000 })) words.push(word.text);
  const where = status.pid !== undefined ? "a process" : status.threadId !== undefined ? "a thread" : "here";
  console.log(`${name} ${transport} ${text} ${words.join("-")} in ${where}`);
}

async function exitOf(call: Promise<unknown>): Promise<string | undefined> {
  return call.then(
    () => undefined,
    (error: unknown) => findExit(error)?.reason,
  );
}
