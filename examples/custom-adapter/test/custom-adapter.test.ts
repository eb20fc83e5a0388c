import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { cacheStoreConformance, runConformance, stateStoreConformance } from "@hydrogenai/core/testing";
import { describe, expect, it, onTestFinished } from "vitest";
import { mapCacheStore } from "../map-cache-store.ts";
import { sqliteStateStore } from "../sqlite-state-store.ts";

describe("sqliteStateStore", () => {
  runConformance(stateStoreConformance, it, { create: () => sqliteStateStore(":memory:") });

  it("is shared by all who open the file", async () => {
    const folder = mkdtempSync(join(tmpdir(), "sqlite-state-"));
    const stores = Array.from({ length: 4 }, () => sqliteStateStore(join(folder, "state.sqlite")));
    onTestFinished(async () => {
      for (const store of stores) await store.close?.();
      rmSync(folder, { recursive: true });
    });
    const outcomes = await Promise.allSettled(stores.map((store, index) => store.set("k", index, { ifVersion: 0 })));
    expect(outcomes.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    expect(await stores[3]?.get("k")).toMatchObject({ version: 1 });
  });
});

describe("mapCacheStore", () => {
  runConformance(cacheStoreConformance, it, { create: mapCacheStore });
});

it("docs/adapters.md shows these files as they are", () => {
  const guide = readFileSync(join(import.meta.dirname, "../../../docs/adapters.md"), "utf8");
  for (const file of ["map-cache-store.ts", "sqlite-state-store.ts"])
    expect(guide).toContain(readFileSync(join(import.meta.dirname, "..", file), "utf8").trim());
});
