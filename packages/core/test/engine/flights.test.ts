import { describe, expect, it } from "vitest";
import { type Compute, type Seat, flights } from "../../src/engine/flights.ts";
import type { Classification, QueryEvent } from "../../src/index.ts";

const delta = (text: string): QueryEvent => ({ type: "text-delta", text });
const never = new AbortController().signal;

function gate(): { readonly open: () => void; readonly opened: Promise<void> } {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { open: resolve, opened: promise };
}

async function drain<T>(seat: Seat<T>, signal: AbortSignal = never): Promise<{ readonly texts: string[]; readonly result: T }> {
  const texts: string[] = [];
  try {
    for (;;) {
      for (let event = seat.take(); event !== undefined; event = seat.take()) if (event.type === "text-delta") texts.push(event.text);
      if (seat.isOver()) return { texts, result: await seat.result() };
      await new Promise<void>((resolve, reject) => {
        signal.addEventListener("abort", () => reject(signal.reason));
        seat.more(resolve);
      });
    }
  } finally {
    seat.leave();
  }
}

const classified = (type: Classification["type"]): QueryEvent => ({
  type: "classified",
  classification: {
    type,
    confidence: 1,
    probabilities: { simple: 0, complex: 0, rag: 0, schema: 0, tool: 0 },
    margin: 1,
    by: "rules",
    evidence: [],
  },
});

describe("flights", () => {
  it("computes once for many readers, and a late joiner sees every event from the start", async () => {
    const { open, opened } = gate();
    let computed = 0;
    const shared = flights<number>();
    const compute: Compute<number> = async (_signal, emit) => {
      computed++;
      emit(delta("a"));
      await opened;
      emit(delta("b"));
      return 42;
    };
    const early = Array.from({ length: 50 }, () => drain(shared.join("k", never, compute)));
    await Promise.resolve();
    const late = drain(shared.join("k", never, compute));
    open();
    for (const reader of await Promise.all([...early, late])) expect(reader).toEqual({ texts: ["a", "b"], result: 42 });
    expect(computed).toBe(1);
  });

  it("gives a failure to every reader and keeps it from the next", async () => {
    const shared = flights<number>();
    let tries = 0;
    const compute: Compute<number> = async (_signal, emit) => {
      emit(delta("a"));
      if (++tries === 1) throw new Error("down");
      return 7;
    };
    const readers = await Promise.allSettled([drain(shared.join("k", never, compute)), drain(shared.join("k", never, compute))]);
    expect(readers.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
    expect((await drain(shared.join("k", never, compute))).result).toBe(7);
  });

  it("goes on for the others when the reader that started it is aborted", async () => {
    const { open, opened } = gate();
    const shared = flights<string>();
    const leader = new AbortController();
    const compute: Compute<string> = async (signal, emit) => {
      emit(delta("a"));
      await opened;
      signal.throwIfAborted();
      return "done";
    };
    const first = drain(shared.join("k", leader.signal, compute), leader.signal);
    const second = drain(shared.join("k", never, compute));
    leader.abort(new Error("left"));
    await expect(first).rejects.toThrow("left");
    open();
    expect((await second).result).toBe("done");
  });

  it("aborts the computation when the last reader is gone, also while it waits", async () => {
    const shared = flights<string>();
    const reader = new AbortController();
    const { open, opened } = gate();
    const compute: Compute<string> = async (signal, emit) => {
      signal.addEventListener("abort", open);
      emit(delta("a"));
      await new Promise(() => {});
      return "never";
    };
    const reading = drain(shared.join("k", reader.signal, compute), reader.signal);
    reader.abort(new Error("left"));
    await expect(reading).rejects.toThrow("left");
    await opened;
  });

  it("gives each caller its own run of a tool operation", async () => {
    const shared = flights<number>();
    let runs = 0;
    const compute: Compute<number> = async (_signal, emit) => {
      const run = ++runs;
      emit(classified("tool"));
      return run;
    };
    const results = await Promise.all([drain(shared.join("k", never, compute)), drain(shared.join("k", never, compute))]);
    expect(results.map(({ result }) => result).sort((a, b) => a - b)).toEqual([1, 2]);
  });

  it("lets nobody join what was under way when the data changed, and lets it end for who is in it", async () => {
    const { open, opened } = gate();
    const shared = flights<string>();
    const before = drain(shared.join("k", never, async () => opened.then(() => "old")));
    shared.closeAll();
    const after = drain(shared.join("k", never, async () => "new"));
    expect((await after).result).toBe("new");
    open();
    expect((await before).result).toBe("old");
  });

  it("shares nothing without a key", async () => {
    const shared = flights<number>();
    let runs = 0;
    const compute: Compute<number> = async (_signal, emit) => {
      emit(delta("a"));
      return ++runs;
    };
    const results = await Promise.all([drain(shared.join(undefined, never, compute)), drain(shared.join(undefined, never, compute))]);
    expect(results.map(({ result }) => result).sort((a, b) => a - b)).toEqual([1, 2]);
  });
});
