import { describe, expect, it } from "vitest";
import { resultNames, resultRows } from "../../src/plan/tool-results.ts";

describe("rows in a tool's result", () => {
  it("are found in structured content", () => {
    expect(resultRows({ documents: [{ a: 1 }], truncated: true })).toMatchObject({ rows: [{ a: 1 }], truncated: true });
  });
  it("are found in a list", () => {
    expect(resultRows([{ a: 1 }, { a: 2 }]).rows).toEqual([{ a: 1 }, { a: 2 }]);
  });
  it("are found in the text of MCP content blocks", () => {
    const result = { content: [{ type: "text", text: '{"success":true,"data":{"rows":[{"n":3}],"count":1}}' }] };
    expect(resultRows(result).rows).toEqual([{ n: 3 }]);
  });
  it("are found between the tags of a server that fences its data", () => {
    const text =
      'Found 1.\n<untrusted-user-data-1f-2>\n[{"_id":{"$oid":"ab"},"at":{"$date":"2020-01-01T00:00:00Z"},"n":{"$numberLong":"7"}}]\n</untrusted-user-data-1f-2>\nUse with care.';
    expect(
      resultRows([
        { type: "text", text: "Found 1 documents" },
        { type: "text", text },
      ]).rows,
    ).toEqual([{ _id: "ab", at: "2020-01-01T00:00:00Z", n: 7 }]);
  });
  it("are none in a text without JSON", () => {
    expect(resultRows("nothing here").rows).toEqual([]);
  });
});

describe("names in a listing", () => {
  it("are read from objects, strings and lines", () => {
    expect(resultNames({ collections: [{ name: "movies", description: "films" }] })).toEqual([{ name: "movies", description: "films" }]);
    expect(resultNames(["movies"])).toEqual([{ name: "movies" }]);
    expect(
      resultNames([
        { type: "text", text: 'Name: "movies"' },
        { type: "text", text: 'Name: "cars"' },
      ]),
    ).toEqual([{ name: "movies" }, { name: "cars" }]);
  });
});
