import { describe, expect, it } from "vitest";
import { folderOf, numberedRows, start } from "./support.ts";

const documents = ["add-document", "delete-document", "create-index"];

describe("writing", () => {
  it("is not offered unless it is asked for, and every tool says truthfully what it does", async () => {
    const dataDir = folderOf({ "a.json": numberedRows(3) });
    const reading = (await (await start({ dataDir })).client.listTools()).tools;
    expect(reading.map(({ name }) => name)).toEqual(
      "list-collections collection-schema count find aggregate distinct explain search-documents list-documents server-status db-stats clear-cache".split(
        " ",
      ),
    );
    const writing = (await (await start({ dataDir, readOnly: false })).client.listTools()).tools;
    expect(writing.map(({ name }) => name).filter((name) => !reading.some((tool) => tool.name === name))).toEqual(documents);
    for (const { name, annotations } of writing) {
      expect({ name, ...annotations }).toMatchObject({
        readOnlyHint: !documents.includes(name) && name !== "clear-cache",
        destructiveHint: name === "delete-document",
        idempotentHint: name !== "add-document",
      });
    }
  });

  it("is refused by a read-only server even when the tool is called by name", async () => {
    const { call } = await start({ dataDir: folderOf({ "a.json": numberedRows(3) }) });
    const outcome = await call("add-document", { title: "t", text: "x" }).then(
      ({ isError }) => isError,
      () => true,
    );
    expect(outcome).toBe(true);
  });

  it("adds a document that is found, keeps it over clear-cache, and removes it", async () => {
    const { call, failure } = await start({
      readOnly: false,
      dataDir: folderOf({ "a.json": numberedRows(3), "README.md": "# About\n\nRows of numbers." }),
    });
    const added = await call("add-document", { title: "Otters", text: "Sea otters hold hands while they sleep.", source: "a book" });
    const { id } = added.data;
    const search = async () =>
      (await call("search-documents", { query: "do otters sleep?" })).data["passages"] as { document: string; source?: string }[];
    expect((await search())[0]).toMatchObject({ document: id, title: "Otters", source: "a book" });
    expect((await call("clear-cache")).data).toEqual({ cleared: ["parsed data", "schemas", "indexes"] });
    expect((await search())[0]).toMatchObject({ document: id });
    expect(await failure("add-document", { id, title: "Again", text: "x" })).toBe("BAD_ARGUMENT");
    expect((await call("delete-document", { id })).data).toEqual({ id, deleted: true });
    expect((await call("delete-document", { id })).data).toEqual({ id, deleted: false });
    expect(await search()).toEqual([]);
  });

  it("builds an index that is used and answers the same", async () => {
    const { call, failure } = await start({
      readOnly: false,
      dataDir: folderOf({ "a.json": numberedRows(500, (n) => ({ kind: `k${n % 10}`, tags: [n] })) }),
    });
    const query = { kind: { $in: ["k3", "k3", "k4"] }, n: { $lt: 100 } };
    const before = (await call("count", { collection: "a", query })).data;
    expect((await call("create-index", { collection: "a", keys: { kind: 1 } })).data).toEqual({ indexName: "kind_1" });
    expect((await call("create-index", { collection: "a", keys: { kind: 1 } })).data).toEqual({ indexName: "kind_1" });
    expect((await call("count", { collection: "a", query })).data).toEqual(before);
    expect(before).toEqual({ count: 20 });
    const { data } = await call("explain", { collection: "a", method: [{ name: "count", arguments: { query } }] });
    expect(data).toMatchObject({
      explainResult: {
        queryPlanner: { winningPlan: { inputStage: { indexName: "kind_1" } } },
        executionStats: { totalDocsExamined: 100, nReturned: 20 },
      },
    });
    expect((await call("db-stats")).data).toMatchObject({ stats: { indexes: 1 } });
    expect(await failure("create-index", { collection: "a", keys: { tags: 1 } })).toBe("BAD_ARGUMENT");
    expect(await failure("create-index", { collection: "a", keys: { nope: 1 } })).toBe("BAD_ARGUMENT");
    expect(await failure("create-index", { collection: "a", keys: {} })).toMatch(/at least one field/);
  });
});
