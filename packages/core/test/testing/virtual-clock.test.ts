import { describe, expect, it } from "vitest";
import { virtualClock } from "../../src/testing/index.ts";

describe("virtualClock", () => {
  it("runs what is due in the order of its time, at its time", async () => {
    const clock = virtualClock();
    const ran: [string, number][] = [];
    const note = (name: string) => () => void ran.push([name, clock.now()]);
    clock.setTimeout(note("c"), 30);
    clock.setTimeout(note("a"), 10);
    clock.setTimeout(note("b"), 10);
    clock.setTimeout(note("late"), 31);
    await clock.advance(30);
    expect(ran).toEqual([
      ["a", 10],
      ["b", 10],
      ["c", 30],
    ]);
    expect([clock.now(), clock.pending()]).toEqual([30, 1]);
  });

  it("runs what starts on the way, also behind several awaits", async () => {
    const clock = virtualClock();
    const woke: number[] = [];
    const walk = async (): Promise<void> => {
      for (let step = 0; step < 3; step++) {
        await clock.sleep(10);
        await Promise.resolve();
        await Promise.resolve();
        woke.push(clock.now());
      }
    };
    const walking = walk();
    await clock.advance(30);
    await walking;
    expect(woke).toEqual([10, 20, 30]);
  });

  it("does not run what was called off, and calling off twice is harmless", async () => {
    const clock = virtualClock();
    let ran = 0;
    const callOff = clock.setTimeout(() => ran++, 10);
    callOff();
    callOff();
    await clock.advance(100);
    expect([ran, clock.pending()]).toEqual([0, 0]);
  });

  it("stands still by itself", async () => {
    const clock = virtualClock();
    let ran = 0;
    clock.setTimeout(() => ran++, 0);
    await new Promise(setImmediate);
    expect([ran, clock.now()]).toEqual([0, 0]);
    await clock.advance(0);
    expect(ran).toBe(1);
  });
});
