import { writeFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { createDataTools, DataToolsError } from "../src/index.ts";
import { loadFolder } from "../src/load/folder.ts";
import { connect, folderOf, numberedRows, start, type Connection } from "./support.ts";

async function fieldsOf({ call }: Connection, collection: string): Promise<Record<string, unknown>> {
  const { data } = await call("collection-schema", { collection });
  return Object.fromEntries((data["fields"] as { name: string }[]).map((field) => [field.name, field]));
}

function thrownBy(work: () => unknown): unknown {
  try {
    return void work();
  } catch (error) {
    return error;
  }
}

async function rowsOf({ call }: Connection, collection: string): Promise<unknown> {
  return (await call("find", { collection })).data["documents"];
}

describe("a folder of files", () => {
  it("becomes collections whatever the format, with types read from the data", async () => {
    const connection = await start({
      dataDir: folderOf({
        "people.csv":
          'id,name,zip,height,born,member,note\n1,Ada,00501,1.70,1815-12-10,true,\n2,Bob,10001,NA,1900-01-01,FALSE,"a, ""b"""\n',
        "orders.ndjson":
          '{"order_id":1,"person_id":2,"lines":[{"sku":"a","qty":2}],"ship":{"city":"Rome"}}\n\n{"order_id":2,"person_id":1,"ship":null}\n',
        "logs.json": '{"level":"info"}\n{"level":"warn"}\n',
        "tabs.tsv": "a\tb\n1\tx\n",
        "semi.csv": "a;b\n1,5;x\n",
        "export.json": '{"exported":"2020-01-01","items":[{"a":1},{"a":2}]}',
        "one.json": '{"a":1}',
        "empty.json": "[]",
        "places.geojson":
          '{"type":"FeatureCollection","features":[{"type":"Feature","id":7,"properties":{"name":"Here"},"geometry":{"type":"Point","coordinates":[1.5,2.5,3]}}]}',
        "notes.txt": "Nobody knows why the zebra crossed.",
        "picture.png": "not data",
        ".hidden.json": "not json",
      }),
    });
    const { data } = await connection.call("list-collections");
    expect(data["collections"]).toEqual([
      { name: "empty", count: 0 },
      { name: "export", count: 2 },
      { name: "logs", count: 2 },
      { name: "one", count: 1 },
      { name: "orders", count: 2 },
      { name: "people", count: 2 },
      { name: "places", count: 1 },
      { name: "semi", count: 1 },
      { name: "tabs", count: 1 },
    ]);
    expect(await rowsOf(connection, "people")).toEqual([
      { id: 1, name: "Ada", zip: "00501", height: 1.7, born: "1815-12-10", member: true, note: null },
      { id: 2, name: "Bob", zip: "10001", height: null, born: "1900-01-01", member: false, note: 'a, "b"' },
    ]);
    expect(await fieldsOf(connection, "people")).toMatchObject({
      id: { types: ["integer"], unique: true, nullable: false },
      zip: { types: ["string"] },
      height: { types: ["number", "null"], nullable: true },
      born: { types: ["date"] },
      member: { types: ["boolean"] },
    });
    expect(await fieldsOf(connection, "orders")).toMatchObject({
      lines: { types: ["array"], nullable: true },
      "lines.qty": { types: ["integer"], nullable: true, unique: false },
      ship: { types: ["object", "null"] },
      "ship.city": { types: ["string"], nullable: true },
    });
    expect(await rowsOf(connection, "places")).toEqual([{ id: 7, name: "Here", longitude: 1.5, latitude: 2.5, elevation: 3 }]);
    expect(await rowsOf(connection, "semi")).toEqual([{ a: "1,5", b: "x" }]);
    const { data: found } = await connection.call("search-documents", { query: "zebra" });
    expect(found["passages"]).toMatchObject([{ title: "notes", source: "notes.txt", start: 0 }]);
  });

  it("reads dates written in other ways when they can be read in only one", async () => {
    const connection = await start({
      dataDir: folderOf({
        "d.csv":
          'named,day,unclear,slashed,mixed\nJun 12 1998,13/04/2020,03/04/2020,2015/01/31 04:00,2020-01-01\n"March 1, 2001",01/02/2020,05/06/2020,2015/02/01 05:30:10,soon\n',
        "e.json": '[{"updated":1517966773840,"amount":1517966773840},{"updated":null,"amount":2}]',
      }),
    });
    expect(await rowsOf(connection, "d")).toEqual([
      { named: "1998-06-12", day: "2020-04-13", unclear: "03/04/2020", slashed: "2015-01-31T04:00:00", mixed: "2020-01-01" },
      { named: "2001-03-01", day: "2020-02-01", unclear: "05/06/2020", slashed: "2015-02-01T05:30:10", mixed: "soon" },
    ]);
    expect(await rowsOf(connection, "e")).toEqual([
      { updated: "2018-02-07T01:26:13.840Z", amount: 1_517_966_773_840 },
      { updated: null, amount: 2 },
    ]);
  });

  it("gives fields names that a query can use", async () => {
    const connection = await start({
      dataDir: folderOf({ "c.csv": "a.b,$cost,constructor,__proto__,\n1,2,3,4,5\n", "j.json": '[{"x":{"a.b":1,"__proto__":2}}]' }),
    });
    expect(await rowsOf(connection, "c")).toEqual([JSON.parse('{"a_b":1,"cost":2,"constructor_":3,"__proto___":4,"column_5":5}')]);
    expect(await rowsOf(connection, "j")).toEqual([{ x: { a_b: 1, __proto___: 2 } }]);
  });

  it("uses a data package for names, meanings, types and keys", async () => {
    const connection = await start({
      dataDir: folderOf({
        "datapackage.json": JSON.stringify({
          name: "shop",
          resources: [
            {
              name: "clients",
              path: "c.csv",
              description: "People who\nbuy [things](http://x).",
              schema: { fields: [{ name: "code", type: "string", description: "Client number" }], primaryKey: "code" },
            },
            {
              name: "sales",
              path: ["s.json"],
              licenses: [{ name: "CC0", path: "https://example.org/cc0" }],
              schema: {
                fields: [{ name: "total", type: "number" }, { name: "buyer" }],
                foreignKeys: [{ fields: ["buyer"], reference: { resource: "clients", fields: ["code"] } }],
              },
            },
          ],
        }),
        "c.csv": "code,name\n7,Ada\n8,Bob\n",
        "s.json": '[{"buyer":"7","total":"12.5"},{"buyer":"9","total":"3"}]',
        "other.json": '[{"a":1}]',
      }),
    });
    const { data } = await connection.call("list-collections");
    expect(data["collections"]).toEqual([
      { name: "clients", description: "People who buy things.", count: 2 },
      { name: "sales", count: 2 },
      { name: "other", count: 1 },
    ]);
    expect(await fieldsOf(connection, "clients")).toMatchObject({ code: { types: ["string"], description: "Client number" } });
    expect(await rowsOf(connection, "sales")).toEqual([
      { buyer: "7", total: 12.5 },
      { buyer: "9", total: 3 },
    ]);
    const sales = (await connection.call("collection-schema", { collection: "sales" })).data;
    expect(sales["relations"]).toEqual([{ field: "buyer", collection: "clients", target: "code", declared: true }]);
    expect((await connection.call("search-documents", { query: "what are clients" })).data["passages"]).toMatchObject([
      { document: "dataset:clients" },
    ]);
  });

  it("discovers relations from names and values", async () => {
    const people = Array.from({ length: 6 }, (_, n) => ({
      personId: n + 1,
      title: n < 3 ? "Support Agent" : "Boss",
      parent_id: n === 0 ? null : 1,
    }));
    const connection = await start({
      dataDir: folderOf({
        "people.json": JSON.stringify(people),
        "tickets.json": JSON.stringify([
          { ticketId: 1, personId: 4, SupportRepId: 2, year: 1, other_id: 99 },
          { ticketId: 2, personId: 5, SupportRepId: 3, year: 2, other_id: 98 },
        ]),
        "calendar.json": JSON.stringify([{ year: 1 }, { year: 2 }]),
      }),
    });
    const relations = async (collection: string) => (await connection.call("collection-schema", { collection })).data["relations"];
    expect(await relations("tickets")).toEqual([
      { field: "personId", collection: "people", target: "personId", declared: false },
      { field: "SupportRepId", collection: "people", target: "personId", declared: false },
    ]);
    expect(await relations("people")).toEqual([{ field: "parent_id", collection: "people", target: "personId", declared: false }]);
    expect(await relations("calendar")).toEqual([]);
  });

  it("reads changed files after clear-cache, and keeps what it had when a file became broken", async () => {
    const dataDir = folderOf({ "a.json": numberedRows(2) });
    const { call, failure } = await start({ dataDir });
    writeFileSync(`${dataDir}/a.json`, numberedRows(5));
    expect((await call("count", { collection: "a" })).data).toEqual({ count: 2 });
    await call("clear-cache");
    expect((await call("count", { collection: "a" })).data).toEqual({ count: 5 });
    writeFileSync(`${dataDir}/a.json`, "[");
    expect(await failure("clear-cache")).toBe("BROKEN_FILE");
    expect((await call("count", { collection: "a" })).data).toEqual({ count: 5 });
  });
});

describe("a broken file", () => {
  const broken: [string, Record<string, string | Uint8Array>, string, number | undefined][] = [
    ["JSON that stops", { "a.json": '[\n{"a":1},\n{"a":' }, "a.json", 3],
    ["JSON with a slip", { "a.json": '[\n{"a":1},\n{a:2}\n]' }, "a.json", 3],
    ["an array of numbers", { "a.json": "[1,2]" }, "a.json", undefined],
    ["a number", { "a.json": "5" }, "a.json", undefined],
    ["an NDJSON line", { "a.ndjson": '{"a":1}\n{"a":2}\nnope\n' }, "a.ndjson", 3],
    ["an NDJSON line that is not an object", { "a.jsonl": '{"a":1}\n[2]\n' }, "a.jsonl", 2],
    ["a CSV row with too many cells", { "a.csv": "a,b\n1,2\n1,2,3\n" }, "a.csv", 3],
    ["a quoted CSV row with too few cells", { "a.csv": 'a,b\n"1",2\n"1"\n' }, "a.csv", 3],
    ["an open quote", { "a.csv": 'a,b\n"1,2\n' }, "a.csv", 2],
    ["two columns of one name", { "a.csv": "a,a\n1,2\n" }, "a.csv", 1],
    ["an empty file", { "a.csv": "" }, "a.csv", undefined],
    ["bytes that are not UTF-8", { "a.csv": Buffer.from("a,b\n1,\xe9\n", "latin1") }, "a.csv", 2],
    ["two files of one name", { "a.csv": "x\n1\n", "a.json": "[]" }, "a.json", undefined],
    ["a data package that is not JSON", { "datapackage.json": "{" }, "datapackage.json", undefined],
    ["a data package without resources", { "datapackage.json": "{}" }, "datapackage.json", undefined],
    ["a missing resource", { "datapackage.json": '{"resources":[{"name":"x","path":"x.csv"}]}' }, "datapackage.json", undefined],
    [
      "a resource outside the folder",
      { "datapackage.json": '{"resources":[{"name":"x","path":"../x.csv"}]}' },
      "datapackage.json",
      undefined,
    ],
  ];

  it.each(broken)("is an error that names its place: %s", (_, files, file, line) => {
    const folder = folderOf({ ...files, "good.json": numberedRows(3) });
    const error = thrownBy(() => loadFolder(folder, { skipBroken: false, fileBytes: 1_000_000 }));
    expect(error).toBeInstanceOf(DataToolsError);
    expect(error).toMatchObject({ code: "BROKEN_FILE", details: { file, ...(line === undefined ? {} : { line }) } });
    expect((error as Error).message).toContain(line === undefined ? `${file}: ` : `${file}:${line}: `);
    const loaded = loadFolder(folder, { skipBroken: true, fileBytes: 1_000_000 });
    expect(loaded.tables.map(({ name }) => name)).toContain("good");
    expect(loaded.skipped).toMatchObject([{ file, ...(line === undefined ? {} : { line }), message: (error as Error).message }]);
  });

  it("keeps the server from starting, or is left out and reported when that is asked for", async () => {
    const dataDir = folderOf({ "bad.csv": "a,b\n1\n", "good.json": numberedRows(3) });
    const refused = createDataTools({ dataDir });
    await expect(refused.ready()).rejects.toMatchObject({ code: "BROKEN_FILE", details: { file: "bad.csv", line: 2 } });
    await refused.close();
    const { call } = await start({ dataDir, skipBroken: true });
    expect((await call("count", { collection: "good" })).data).toEqual({ count: 3 });
    expect((await call("server-status")).data).toMatchObject({ status: "degraded", skipped: [{ file: "bad.csv", line: 2 }] });
  });

  it("is one that is too large, too", async () => {
    const tools = createDataTools({ dataDir: folderOf({ "a.json": numberedRows(1_000) }), limits: { fileBytes: 1_000 } });
    await expect(tools.ready()).rejects.toMatchObject({ code: "TOO_LARGE", details: { file: "a.json", maxBytes: 1_000 } });
    await tools.close();
  });

  it("is told to every caller when nobody waited for the start", async () => {
    const tools = createDataTools({ dataDir: "/nowhere/at/all" });
    await expect(tools.ready()).rejects.toMatchObject({ code: "BROKEN_FILE" });
    expect(await (await connect(tools.connect())).failure("list-collections")).toBe("BROKEN_FILE");
    await tools.close();
  });
});
