import { describe, expect, it } from "vitest";
import { createDataTools } from "../src/index.ts";
import { folderOf, numberedRows, start } from "./support.ts";

/** A join of everything with everything: far more work than any time limit here. */
const endless = [
  {
    $lookup: {
      from: "a",
      let: { m: "$n" },
      pipeline: [{ $match: { $expr: { $gt: [{ $mod: ["$n", 7] }, { $mod: ["$$m", 5] }] } } }],
      as: "all",
    },
  },
  { $count: "n" },
];
/** One expression that never comes back to the engine. */
const stuck = [
  { $limit: 1 },
  { $project: { x: { $reduce: { input: { $range: [0, 30_000_000] }, initialValue: 0, in: { $add: ["$$value", "$$this"] } } } } },
];

describe("results", () => {
  it("hold at most the rows of the limit, and say when there were more", async () => {
    const { call } = await start({ dataDir: folderOf({ "a.json": numberedRows(50) }), limits: { rows: 20, maxRows: 30 } });
    expect((await call("find", { collection: "a" })).data).toMatchObject({
      count: 20,
      truncated: true,
      appliedLimits: ["rows"],
      queryResultsCount: 50,
    });
    expect((await call("find", { collection: "a", limit: 25 })).data).toMatchObject({ count: 25, truncated: false });
    expect((await call("find", { collection: "a", limit: 1_000 })).data).toMatchObject({ count: 30, truncated: true });
    expect((await call("find", { collection: "a", skip: 45 })).data).toMatchObject({ count: 5, truncated: false });
    const pipeline = [{ $sort: { n: -1 } }];
    expect((await call("aggregate", { collection: "a", pipeline })).data).toMatchObject({ count: 20, truncated: true, total: 50 });
    expect((await call("aggregate", { collection: "a", pipeline: [...pipeline, { $limit: 3 }] })).data).toMatchObject({
      count: 3,
      truncated: false,
      total: 3,
    });
    expect((await call("aggregate", { collection: "a", pipeline, limit: 3 })).data).toMatchObject({ count: 3, truncated: true, total: 50 });
    expect((await call("distinct", { collection: "a", field: "n" })).data).toMatchObject({ truncated: true, total: 50 });
  });

  it("hold at most the bytes of the limit", async () => {
    const { call } = await start({
      dataDir: folderOf({ "a.json": numberedRows(50, () => ({ text: "é".repeat(100) })) }),
      limits: { bytes: 2_000 },
    });
    const { data } = await call("find", { collection: "a" });
    expect(data).toMatchObject({ truncated: true, appliedLimits: ["bytes"], queryResultsCount: 50 });
    const bytes = Buffer.byteLength(JSON.stringify(data["documents"]));
    expect(bytes).toBeLessThanOrEqual(2_000);
    expect(bytes).toBeGreaterThan(1_500);
    expect((await call("find", { collection: "a", responseBytesLimit: 500 })).data).toMatchObject({ count: 2, truncated: true });
    expect((await call("aggregate", { collection: "a", pipeline: [], responseBytesLimit: 99_999 })).data).toMatchObject({
      truncated: true,
      total: 50,
    });
  });
});

describe("a call", () => {
  it("ends when its time is over, and the next one runs", async () => {
    const { call, failure } = await start({ dataDir: folderOf({ "a.json": numberedRows(20_000) }), limits: { timeMs: 300 } });
    expect(await failure("aggregate", { collection: "a", pipeline: endless })).toBe("TIMEOUT");
    await expect.poll(async () => (await call("count", { collection: "a" })).data, { timeout: 10_000 }).toEqual({ count: 20_000 });
  });

  it("ends when its caller gives up, even inside one expression, and the next one runs", async () => {
    const { call } = await start({ dataDir: folderOf({ "a.json": numberedRows(10) }), limits: { timeMs: 15_000 } });
    const controller = new AbortController();
    const running = call("aggregate", { collection: "a", pipeline: stuck }, controller.signal);
    const waiting = call("count", { collection: "a" }, controller.signal);
    const after = call("count", { collection: "a" });
    controller.abort(new Error("left"));
    await expect(running).rejects.toThrow("left");
    await expect(waiting).rejects.toThrow("left");
    expect((await after).data).toEqual({ count: 10 });
  });

  it("is refused when too many wait", async () => {
    const { call } = await start({ dataDir: folderOf({ "a.json": numberedRows(3_000) }), limits: { waitingCalls: 2, timeMs: 5_000 } });
    const calls = await Promise.all(
      Array.from({ length: 10 }, () => call("aggregate", { collection: "a", pipeline: [{ $sort: { n: 1 } }] })),
    );
    const codes = calls.map(({ isError, data }) => (isError ? (data["error"] as { code: string }).code : "ok"));
    expect(codes.filter((code) => code === "ok").length).toBeGreaterThanOrEqual(2);
    expect(new Set(codes)).toEqual(new Set(["ok", "BUSY"]));
  });

  it("that needs too much memory fails alone", async () => {
    const { call, failure } = await start({ dataDir: folderOf({ "a.json": numberedRows(200) }), limits: { memoryMb: 64, timeMs: 18_000 } });
    const greedy = [{ $project: { x: { $range: [0, 500_000] } } }, { $group: { _id: null, all: { $push: "$x" } } }];
    expect(await failure("aggregate", { collection: "a", pipeline: greedy })).toBe("QUERY_FAILED");
    expect((await call("count", { collection: "a" })).data).toEqual({ count: 200 });
  });
});

describe("options", () => {
  it("that are not limits are refused", () => {
    expect(() => createDataTools({ limits: { rows: 0 } })).toThrow(/limits.rows/);
    expect(() => createDataTools({ limits: { timeMs: 1.5 } })).toThrow(/limits.timeMs/);
  });
});
