import { describe, expect, it } from "vitest";
import { changeRates } from "../../src/engine/change-rates.ts";
import { timeToLive } from "../../src/engine/freshness.ts";

const hour = 3_600_000;
const evening = new Date("2026-05-04T22:00:00Z");
/** Jitter takes off a tenth at most and adds nothing. */
const about = (ms: number, most: number): void => {
  expect(ms).toBeLessThanOrEqual(most);
  expect(ms).toBeGreaterThanOrEqual(most * 0.9 - 1);
};

describe("timeToLive", () => {
  it("keeps an answer for the time of its type, and never one that is not to be kept", () => {
    about(timeToLive("How many boats are there?", hour), hour);
    expect(timeToLive("How many boats are there?", 0)).toBe(0);
    expect(timeToLive("How many boats are there?", hour, { freshMs: 0 })).toBe(0);
  });

  it("keeps what asks about the moment a minute", () => {
    for (const text of ["Which boats are in the harbour right now?", "What is the latest order?", "Who is on duty today?", "live prices"])
      about(timeToLive(text, hour), 60_000);
  });

  it("knows each word of the moment and of relative times wherever it stands", () => {
    const moment = [
      "now",
      "currently",
      "current",
      "today",
      "tonight",
      "latest",
      "live",
      "at the moment",
      "this hour",
      "so far",
      "up to date",
    ];
    for (const words of moment) about(timeToLive(`boats ${words.toUpperCase()} in port`, hour), 60_000);
    const relative = ["yesterday", "tomorrow", "last week", "past 3 days", "previous quarter", "next season", "coming weekend"];
    for (const words of [...relative, "recent months", "upcoming year", "recently", "to date", "2 days ago"])
      about(timeToLive(`boats ${words} in port`, 24 * hour, {}, evening), 2 * hour);
    for (const year of ["1599", "1984", "2025"]) about(timeToLive(`boats of ${year}`, hour, {}, evening), 4 * hour);
  });

  it("keeps what moves on with the day until the day is over", () => {
    for (const text of ["How many orders last month?", "Sales of the past 7 days", "What arrives tomorrow?", "orders three days ago"])
      about(timeToLive(text, 24 * hour, {}, evening), 2 * hour);
    about(timeToLive("How many orders last month?", hour, {}, evening), hour);
  });

  it("keeps what is about closed years longer, and the running year as usual", () => {
    about(timeToLive("How many orders in 2019?", hour, {}, evening), 4 * hour);
    about(timeToLive("Compare 2019 with 2026", hour, {}, evening), hour);
  });

  it("heeds the tools' own word and how often the data changes, when they are shorter", () => {
    about(timeToLive("How many boats are there?", hour, { freshMs: 5_000 }), 5_000);
    about(timeToLive("How many boats are there?", hour, { freshMs: 9 * hour }), hour);
    about(timeToLive("How many boats are there?", hour, { changeEveryMs: 600_000 }), 60_000);
    about(timeToLive("How many boats are there?", hour, { changeEveryMs: 900 * hour }), hour);
  });

  it("lets answers made together end at different times", () => {
    expect(new Set(Array.from({ length: 50 }, () => timeToLive("boats", hour))).size).toBeGreaterThan(10);
  });
});

describe("changeRates", () => {
  it("learns from results of the same call how often each collection changes, and forgets slowly what was", () => {
    let now = 0;
    const rates = changeRates(() => now);
    for (let at = 0; at < 10; at++) {
      rates.observe("orders", `${at}`, ["orders", "customers"]);
      rates.observe("customers", "the same", ["customers"]);
      rates.observe("countries", "the same", ["countries"]);
      now += 60_000;
    }
    expect(rates.everyMs(["countries"])).toBeUndefined();
    expect(rates.everyMs(["unknown"])).toBeUndefined();
    expect(rates.everyMs(["orders", "countries"])).toBe(60_000);
    expect(rates.everyMs(["customers"])).toBeGreaterThan(60_000);
    for (let at = 0; at < 500; at++) {
      now += 60_000;
      rates.observe("orders", "quiet now", ["orders"]);
    }
    expect(rates.everyMs(["orders"])).toBeGreaterThan(10 * 60_000);
  });

  it("keeps a bounded number of calls and collections", () => {
    const rates = changeRates(() => 0);
    for (let at = 0; at < 5_000; at++) for (const output of ["a", "b"]) rates.observe(`call ${at}`, output, [`tag ${at}`]);
    expect(rates.everyMs(["tag 0"])).toBeUndefined();
    expect(rates.everyMs(["tag 4999"])).toBe(0);
  });
});
