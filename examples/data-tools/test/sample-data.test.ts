import { beforeAll, afterAll, describe, expect, it } from "vitest";
import { createDataTools, type DataTools } from "../src/index.ts";
import { connect } from "./support.ts";

describe("the sample data", () => {
  let tools: DataTools;
  beforeAll(async () => {
    tools = createDataTools();
    await tools.ready();
  });
  afterAll(() => tools.close());
  const client = () => connect(tools.connect());

  it("lists collections with what is known of them", async () => {
    const { data, text } = await (await client()).call("list-collections", { database: "data" });
    const collections = data["collections"] as { name: string; description?: string; count?: number }[];
    expect(collections.length).toBeGreaterThanOrEqual(15);
    expect(collections.every(({ description, count }) => description !== undefined && (count ?? 0) > 0)).toBe(true);
    expect(collections.find(({ name }) => name === "movies")?.count).toBe(3201);
    expect(text).toMatch(/<untrusted-user-data-[0-9a-f-]{36}>/);
  });

  it("describes fields, their types and what they mean", async () => {
    const { call } = await client();
    const movies = (await call("collection-schema", { collection: "movies" })).data;
    expect(movies).toMatchObject({ collection: "movies", count: 3201, sampled: 3201 });
    const fields = movies["fields"] as { name: string }[];
    expect(fields.find(({ name }) => name === "Release Date")).toMatchObject({ types: ["date"], nullable: false, unique: false });
    expect(fields.find(({ name }) => name === "Title")).toMatchObject({ types: ["string", "null"], nullable: true });
    expect(movies["schema"]).toMatchObject({ "IMDB Rating": { types: [{ bsonType: "Double" }, { bsonType: "Null" }] } });
    const penguins = (await call("collection-schema", { collection: "penguins" })).data["fields"] as {
      name: string;
      description?: string;
    }[];
    expect(penguins.find(({ name }) => name === "Species")?.description).toMatch(/species/i);
  });

  it("discovers which fields name documents of other collections", async () => {
    const { call } = await client();
    const { data } = await call("collection-schema", { collection: "flights" });
    expect(data["relations"]).toEqual([
      { field: "origin", collection: "airports", target: "iata", declared: false },
      { field: "destination", collection: "airports", target: "iata", declared: false },
    ]);
  });

  it("counts, finds, aggregates and lists values", async () => {
    const { call } = await client();
    expect((await call("count", { collection: "movies", query: { Director: "Steven Spielberg" } })).data).toEqual({ count: 23 });
    const found = await call("find", {
      collection: "movies",
      filter: { Director: "Steven Spielberg" },
      projection: { "Release Date": 1, Title: 1 },
      sort: { "Release Date": -1 },
      limit: 1,
    });
    expect(found.data).toMatchObject({ count: 1, truncated: false, queryResultsCount: 23 });
    expect(JSON.stringify(found.data["documents"])).toMatch(/^\[\{"Release Date":"2011-12-\d\d","Title":/);
    const ranked = await call("aggregate", {
      collection: "flights",
      pipeline: [{ $group: { _id: "$origin", flights: { $sum: "$count" } } }, { $sort: { flights: -1 } }, { $limit: 5 }],
    });
    expect(ranked.data).toMatchObject({ count: 5, truncated: false, total: 5 });
    expect((ranked.data["documents"] as unknown[])[0]).toEqual({ _id: "ATL", flights: 414_513 });
    const genres = await call("distinct", { collection: "movies", field: "Major Genre", limit: 2 });
    expect(genres.data).toMatchObject({ values: [{ value: "Drama", count: 789 }, { value: "Comedy" }], truncated: true });
  });

  it("explains a query without an index", async () => {
    const { call } = await client();
    const method = [{ name: "find", arguments: { filter: { Director: "Steven Spielberg" } } }];
    const { data } = await call("explain", { collection: "movies", method });
    expect(data).toMatchObject({
      method: "find",
      explainResult: { queryPlanner: { winningPlan: { stage: "COLLSCAN" } }, executionStats: { nReturned: 23, totalDocsExamined: 3201 } },
    });
  });

  it.each([
    ["What is the movies data set about?", "dataset:movies"],
    ["where does the penguins data come from", "dataset:penguins"],
    ["Describe the cars data", "dataset:cars"],
    ["atmospheric CO2 at Mauna Loa", "dataset:co2"],
    ["who recorded the wildlife strike data", "dataset:birdstrikes"],
  ])("answers %j from %s", async (query, document) => {
    const { data } = await (await client()).call("search-documents", { query, limit: 3 });
    const passages = data["passages"] as { document: string; score: number; text: string; start: number; end: number }[];
    expect(passages[0]).toMatchObject({ document });
    expect(passages.length).toBeLessThanOrEqual(3);
    for (const { score, text, start, end } of passages) {
      expect(score).toBeGreaterThan(0);
      expect(score).toBeLessThanOrEqual(1);
      expect(end - start).toBe(text.length);
    }
  });

  it("finds no passage for words that occur nowhere", async () => {
    const { data } = await (await client()).call("search-documents", { query: "zzzqx wwwvvk" });
    expect(data).toEqual({ passages: [] });
  });

  it("says how it is", async () => {
    const { call } = await client();
    expect((await call("server-status")).data).toMatchObject({
      status: "ok",
      backend: "embedded",
      readOnly: true,
      skipped: [],
      database: "data",
    });
    expect((await call("db-stats")).data).toMatchObject({ stats: { db: "data", indexes: 0 } });
    const { data } = await call("list-documents");
    expect(data["totalCount"]).toBe((data["documents"] as unknown[]).length);
  });

  it("names what is not there", async () => {
    const { failure, call } = await client();
    expect(await failure("find", { collection: "nope" })).toBe("UNKNOWN_COLLECTION");
    expect((await call("find", { collection: "nope" })).text).toContain("movies");
    expect(
      await failure("aggregate", {
        collection: "movies",
        pipeline: [{ $lookup: { from: "nope", localField: "a", foreignField: "b", as: "c" } }],
      }),
    ).toBe("UNKNOWN_COLLECTION");
    expect(await failure("count", { collection: "movies", database: "other" })).toBe("UNKNOWN_DATABASE");
    expect(await failure("find", { collection: "movies", filters: {} })).toMatch(/Unrecognized key: "filters"/);
    expect(await failure("find", { collection: "movies", limit: -1 })).toMatch(/limit/);
    expect(await failure("aggregate", { collection: "movies", pipeline: [{ $project: { x: { $divide: [1, 0] } } }] })).toBe("QUERY_FAILED");
  });

  it("compares what a person typed as data", async () => {
    const { call, failure } = await client();
    expect((await call("count", { collection: "movies", equals: { Director: "Steven Spielberg" } })).data).toEqual({ count: 23 });
    expect((await call("count", { collection: "movies", query: { "Major Genre": "Drama" }, equals: { Director: "$Title" } })).data).toEqual(
      { count: 0 },
    );
    expect(await failure("count", { collection: "movies", equals: { Director: { $ne: null } } })).toBe("OPERATOR_REFUSED");
  });
});
