import { describe, expect, it } from "vitest";
import { type OrchestratorOptions, createOrchestrator } from "../../src/index.ts";
import { withAliases } from "../../src/plan/aliases.ts";
import { mongoTools } from "./data.ts";

const invoice = [
  { id: 1, country: "Norway", total: 120, ch: "web" },
  { id: 2, country: "Norway", total: 80, ch: "shop" },
  { id: 3, country: "Japan", total: 310, ch: "web" },
];
const customer = [
  { name: "Ada", total: 5 },
  { name: "Bo", total: 7 },
];

const answers = async (text: string, synonyms: NonNullable<OrchestratorOptions["data"]>["synonyms"]): Promise<unknown> => {
  await using orchestrator = createOrchestrator({ tools: mongoTools({ invoice, customer }), data: { synonyms } });
  return (await orchestrator.query(text)).data;
};
const first = (data: unknown): unknown => Object.values((data as readonly object[] | undefined)?.[0] ?? {})[0];

describe("synonyms of the host's own", () => {
  it.each([
    ["How many docketts are there?", { invoice: ["dockett"] }, 3],
    ["What is the total moolah of invoices?", { "invoice.total": ["moolah"] }, 510],
    ["average moolah of customers", { total: ["moolah"] }, 6],
    ["How many invoices have the point of contact web?", { ch: ["point of contact"] }, 2],
  ])("name what they stand for: %s", async (text, synonyms, expected) => {
    expect(first(await answers(text, {}))).not.toBe(expected);
    expect(first(await answers(text, synonyms))).toBe(expected);
  });

  it("leave the names as they are, and pass over what the data does not have", async () => {
    expect(
      first(await answers("How many invoices are from Norway?", { invoice: ["dockett"], nowhere: ["x"], "invoice.none": ["y"] })),
    ).toBe(2);
  });

  it.each(["$where", "__proto__", "", " ", "a b c d e f g h i j k", "constructor"])("may be hostile: %j", async (word) => {
    expect(
      first(await answers("How many invoices are from Norway?", { invoice: [word], "invoice.total": [word], [word]: ["country"] })),
    ).toBe(2);
  });

  it("make another version of the catalog, so that answers are not shared with other synonyms", () => {
    const catalog = { collections: [{ name: "invoice", count: 3, fields: [] }], relations: [], version: "1" };
    const versions = [{}, { invoice: ["dockett"] }, { invoice: ["docket"] }].map((synonyms) => withAliases(catalog, synonyms).version);
    expect(new Set(versions).size).toBe(3);
  });
});
