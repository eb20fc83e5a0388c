import { beforeAll, describe, expect, it } from "vitest";
import { type Asked, asked, type Case, isRight } from "./ask.ts";
import type { Data } from "./data.ts";
import { sqliteTools } from "./sqlite.ts";

type Row = Readonly<Record<string, unknown>>;

const pad = (value: number): string => String(value).padStart(2, "0");

/** Moments in text, some of which never came. */
const helpdesk: Data = {
  tickets: Array.from({ length: 40 }, (_, at) => ({
    ticketId: at + 1,
    subject: `Printer ${at}`,
    priority: ["low", "high", "urgent"][at % 3],
    openedAt: `2024-${pad(1 + (at % 6))}-${pad(1 + (at % 20))}T08:00:00Z`,
    closedAt: at % 5 === 0 ? null : `2024-${pad(1 + (at % 6))}-${pad(3 + (at % 20))}T${pad(8 + (at % 12))}:30:00Z`,
  })),
};

/** Days, of which one stay has three. */
const hospital: Data = {
  stays: Array.from({ length: 30 }, (_, at) => ({
    stay_id: 900 + at,
    guest: `Guest ${at}`,
    ward: ["North", "South"][at % 2],
    booked_for: `2023-02-${pad(1 + (at % 20))}`,
    admitted_on: `2023-03-${pad(1 + (at % 20))}`,
    discharged_on: `2023-04-${pad(1 + (at % 25))}`,
  })),
};

/** A column says how long: nothing is worked out. */
const trips: Data = {
  trips: Array.from({ length: 12 }, (_, at) => ({
    tripId: at,
    driver: ["Ann", "Bo"][at % 2],
    startedAt: `2024-05-${pad(1 + at)}T08:00:00Z`,
    endedAt: `2024-05-${pad(1 + at)}T10:00:00Z`,
    durationMinutes: 100 + at,
  })),
};

const days = (rows: readonly Row[] = [], from: string, to: string): number[] =>
  rows.flatMap((row) => {
    const [begun, ended] = [row[from], row[to]];
    return typeof begun === "string" && typeof ended === "string" ? [(Date.parse(ended) - Date.parse(begun)) / 86_400_000] : [];
  });
const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
const open = ({ tickets }: Data, where: (row: Row) => boolean = () => true): number[] =>
  days((tickets ?? []).filter(where), "openedAt", "closedAt");
const stayed = ({ stays }: Data): number[] => days(stays, "admitted_on", "discharged_on");

const helpdeskQuestions: readonly Case<Data>[] = [
  { question: "How long does it take to close a ticket on average?", expect: (d) => mean(open(d)) },
  { question: "How long are tickets open?", expect: (d) => mean(open(d)) },
  { question: "average closing time", expect: (d) => mean(open(d)) },
  {
    question: "How many days does it take to close an urgent ticket?",
    expect: (d) => mean(open(d, ({ priority }) => priority === "urgent")),
  },
  { question: "what is the longest time to close a ticket", expect: (d) => Math.max(...open(d)) },
  { question: "shortest time to close a ticket", expect: (d) => Math.min(...open(d)) },
  { question: "How long did it take to close ticket 7?", expect: (d) => mean(open(d, ({ ticketId }) => ticketId === 7)) },
  {
    question: "average time to close tickets per priority",
    expect: (d) => ["low", "high", "urgent"].map((one) => [one, mean(open(d, ({ priority }) => priority === one))]),
  },
  {
    question: "median time to close a ticket",
    expect: (d) => {
      const sorted = open(d).toSorted((a, b) => a - b);
      return (sorted[15]! + sorted[16]!) / 2;
    },
  },
  {
    question: "Which priority takes the longest to close?",
    expect: (d) =>
      ["low", "high", "urgent"].toSorted(
        (a, b) => mean(open(d, ({ priority }) => priority === b)) - mean(open(d, ({ priority }) => priority === a)),
      )[0],
  },
  { question: "How long does it take to reopen a ticket?", expect: () => undefined, refuse: true },
];

const hospitalQuestions: readonly Case<Data>[] = [
  { question: "How long do guests stay on average?", expect: (d) => mean(stayed(d)) },
  { question: "average length of stay", expect: (d) => mean(stayed(d)) },
];

const tripQuestions: readonly Case<Data>[] = [
  { question: "average duration of trips", expect: ({ trips: rows = [] }) => mean(rows.map((row) => Number(row["durationMinutes"]))) },
];

describe.for([
  ["a helpdesk", helpdesk, helpdeskQuestions],
  ["a hospital", hospital, hospitalQuestions],
  ["trips that say how long they took", trips, tripQuestions],
] as const)("how long things take, in %s", ([, data, questions]) => {
  let collections: Asked;
  let tables: Asked;
  beforeAll(async () => {
    collections = await asked(data);
    tables = await asked(data, sqliteTools(data));
  });

  it.for(questions)("$question", async ({ question, expect: answer, refuse }) => {
    for (const { ask } of [collections, tables]) {
      const { outcome, rows: found } = await ask(question);
      if (refuse === true) expect(outcome).not.toHaveProperty("plan");
      else expect({ outcome, found, isRight: isRight(found, answer(data)) }).toHaveProperty("isRight", true);
    }
  });
});
