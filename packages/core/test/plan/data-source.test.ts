import { describe, expect, it } from "vitest";
import type { Json, Tool } from "../../src/index.ts";
import { dataSource } from "../../src/plan/index.ts";

/** Tools over one collection that count how often it is described, and can be held up or broken. */
function tools(state: { described: number; broken?: boolean; gate?: Promise<void> }): Tool[] {
  const tool = (name: string, execute: (input: Json) => Promise<Json>): Tool => ({
    name,
    description: name,
    inputSchema: { type: "object" },
    readOnly: true,
    idempotent: true,
    execute,
  });
  return [
    tool("list-collections", async () => {
      await state.gate;
      if (state.broken) throw new Error("the server is away");
      return { collections: [{ name: "things" }] };
    }),
    tool("collection-schema", async () => {
      state.described++;
      return { fields: [{ name: "id", types: ["integer"], nullable: false, unique: true }] };
    }),
    tool("aggregate", async () => ({ documents: [{ _id: null, count: 3, a0: 1, z0: 3 }], truncated: false })),
  ];
}

describe("the catalog of a data source", () => {
  it("is read once for all who ask, and anew after it was forgotten", async () => {
    const state = { described: 0 };
    const source = dataSource(tools(state))!;
    await Promise.all([source.catalog(), source.catalog(), source.catalog()]);
    await source.catalog();
    expect(state.described).toBe(1);
    source.refresh();
    await source.catalog();
    expect(state.described).toBe(2);
  });

  it("is read on for the others when the first who asked gives up", async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const source = dataSource(tools({ described: 0, gate: promise }))!;
    const controller = new AbortController();
    const first = source.catalog({ signal: controller.signal });
    const second = source.catalog();
    controller.abort(new Error("gave up"));
    await expect(first).rejects.toThrow("gave up");
    resolve();
    expect((await second).collections).toHaveLength(1);
  });

  it("is tried again after a failure", async () => {
    const state = { described: 0, broken: true };
    const source = dataSource(tools(state))!;
    await expect(source.catalog()).rejects.toThrow("the server is away");
    state.broken = false;
    expect((await source.catalog()).collections[0]).toMatchObject({ name: "things", count: 3 });
  });

  it("past its time is given as it is while it is read anew, and kept when that fails", async () => {
    const state: { described: number; broken?: boolean } = { described: 0 };
    const source = dataSource(tools(state), { catalogTtlMs: 1 })!;
    const first = await source.catalog();
    await expect.poll(async () => (await source.catalog(), state.described)).toBeGreaterThan(1);
    state.broken = true;
    await expect.poll(async () => (await source.catalog()).collections.length).toBe(1);
    expect(first.collections).toHaveLength(1);
  });
});
