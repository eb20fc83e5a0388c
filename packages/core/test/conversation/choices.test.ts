import { describe, expect, it } from "vitest";
import { choicesIn, chosen } from "../../src/conversation/choices.ts";
import { createOrchestrator } from "../../src/index.ts";
import { mongoTools } from "../plan/data.ts";

const answer = "That can be read in more than one way. Which do you mean?\n\n- customers\n- old invoices";

describe("an answer that asks back", () => {
  it("tells its choices", () => {
    expect(choicesIn(answer)).toEqual(["customers", "old invoices"]);
    expect(choicesIn("There are 3.\n\n- customers")).toEqual([]);
  });

  it.each([
    ["customers", "customers"],
    ["the customers, please", "customers"],
    ["Old invoices", "old invoices"],
    ["the second one", "old invoices"],
    ["1", "customers"],
    ["the last", "old invoices"],
    ["number 2", "old invoices"],
    ["the old ones", "old invoices"],
    ["old", "old invoices"],
    ["the third", undefined],
    ["3", undefined],
    ["invoices of customers", undefined],
    ["How many customers are there?", undefined],
    ["", undefined],
  ])("%j chooses %j", (said, choice) => {
    expect(chosen(said, choicesIn(answer))).toBe(choice);
  });

  it("is answered with a choice, and the question then goes on from there", async () => {
    const rows = (cities: readonly string[]) => cities.map((city, at) => ({ id: at + 1, city }));
    const data = { customers: rows(["Oslo", "Oslo", "Rome"]), invoices: rows(["Oslo", "Rome", "Rome", "Rome"]) };
    await using orchestrator = createOrchestrator({ tools: mongoTools(data) });
    const sessionId = await orchestrator.createSession();
    const asked = await orchestrator.query({ text: "how many in Rome?", sessionId });
    expect(asked.text).toMatch(/Which do you mean\?\s+- customers\n- invoices/);
    const answered = await orchestrator.query({ text: "the second one", sessionId });
    expect(answered.data).toEqual([{ invoices: 3 }]);
    const next = await orchestrator.query({ text: "and in Oslo?", sessionId });
    expect(next.data).toEqual([{ invoices: 1 }]);
  });
});
