import { describe, expect, it } from "vitest";
import { createStderrTail } from "../../../transports/logs/stderr-tail.ts";

describe("what is kept of a plugin's standard error", () => {
  it("is its end", () => {
    const tail = createStderrTail(3);
    for (const line of ["a", "b", "c", "d"]) tail.add(line);
    expect(tail.lines()).toEqual(["b", "c", "d"]);
  });

  it("begins with what a Go program has died of, however long the stacks behind", () => {
    const tail = createStderrTail(3);
    for (const line of ["starting", "panic: nil map", "", "goroutine 1 [running]:", "main.main()"]) tail.add(line);
    expect(tail.lines()).toEqual(["panic: nil map", "goroutine 1 [running]:", "main.main()"]);
  });
});
