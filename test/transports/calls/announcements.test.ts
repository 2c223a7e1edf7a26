import { describe, expect, it } from "vitest";
import { createAnnouncements } from "../../../transports/calls/announcements.ts";

describe("announcements", () => {
  const create = (capacity?: number) => createAnnouncements<string>(new AbortController().signal, capacity);

  it("forget the oldest when there are too many, and count an id once however often it is announced", async () => {
    const announcements = create(3);
    for (const id of [1, 2, 3]) announcements.announce(id, `first of ${id}`);
    for (let time = 1; time <= 100; time++) announcements.announce(2, `number ${time} of 2`);
    expect([1, 2, 3].map(announcements.get)).toEqual(["first of 1", "number 100 of 2", "first of 3"]);
    announcements.retract(1);
    for (const id of [4, 5]) announcements.announce(id, "new");
    expect([1, 2, 3, 4, 5].map((id) => announcements.get(id) !== undefined)).toEqual([false, false, true, true, true]);
    expect(await announcements.find(5)).toBe("new");
  });

  it("go round all that there are", () => {
    const announcements = create();
    for (let id = 1; id <= 5; id++) announcements.announce(id, "there");
    const seen = new Set<number>();
    for (let step = 0; step < 4; step++) for (const id of announcements.next(2)) seen.add(id);
    expect([...seen]).toEqual([1, 2, 3, 4, 5]);
  });

  // With work that grows with the list, hundreds of thousands would take minutes.
  it.each(["other ids", "the same id", "ids that are retracted"])(
    "cost the same, however many come: of %s",
    (which) => {
      const announcements = create();
      for (let count = 1; count <= 300_000; count++) {
        const id = which === "the same id" ? 7 : count;
        announcements.announce(id, "there");
        announcements.next(2);
        if (which === "ids that are retracted") announcements.retract(id);
      }
      expect(announcements.get(1)).toBeUndefined();
    },
  );
});
