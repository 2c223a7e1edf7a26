import { spawn, spawnSync } from "node:child_process";
import { expect, it, onTestFinished } from "vitest";
import { until } from "../../../src/testing/until.ts";
import { killGroup, killWithGroup } from "../../../transports/process/kill-group.ts";
import { isRunning, processesWith, uniqueSeconds } from "../support.ts";

it("the end of a group is that of what its leader started, also when that has gone", async () => {
  const seconds = uniqueSeconds();
  const child = spawn("/bin/sh", ["-c", `sleep ${seconds} & wait`], { detached: true, stdio: "ignore" });
  onTestFinished(() => void child.kill("SIGKILL"));
  const leader = child.pid ?? 0;
  const sleeper = await until("the sleeper runs", () => processesWith(`sleep\x00${seconds}`)[0]);
  process.kill(leader, "SIGKILL");
  await until("the leader is gone", () => !isRunning(leader));
  expect(isRunning(sleeper)).toBe(true);
  expect(killGroup(leader)).toBe(true);
  await until("the sleeper is gone", () => !isRunning(sleeper));
});

it("never more ends than was meant", () => {
  for (const nobody of [0, 1]) expect(killGroup(nobody)).toBe(false);
  killWithGroup(spawnSync("true").pid);
});
