// How often what is said next in a conversation is understood as it was meant, with no model. Exits non-zero below the threshold.
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { type QueryResult, createOrchestrator } from "@hydrogenai/core";
import { createDataTools } from "@hydrogenai/data-tools";
import { mcpTools } from "@hydrogenai/providers/mcp";
import { readChinook } from "../local/chinook.ts";
import type { Tables } from "../local/data-set.ts";
import { percent } from "../local/report.ts";
import { type Verdict, judge } from "../local/score.ts";
import { readCards } from "../local/unseen/cards.ts";
import { readElements } from "../local/unseen/elements.ts";
import { readNetworks } from "../local/unseen/networks.ts";
import { readNodeReleases } from "../local/unseen/node-releases.ts";
import { readOffice } from "../local/unseen/office.ts";
import { readStations } from "../local/unseen/stations.ts";
import { readVega } from "../local/vega.ts";
import { chinookConversations } from "./chinook.ts";
import type { Conversation, Wanted } from "./conversation.ts";
import { laterCardConversations, laterChinookConversations, laterNetworkConversations, laterReleaseConversations } from "./later-others.ts";
import { lastChinookConversations, lastVegaConversations } from "./last.ts";
import { laterVegaConversations } from "./later-vega.ts";
import { elementConversations, officeConversations, stationConversations } from "./unseen.ts";
import { vegaConversations } from "./vega.ts";

/** Least share of conversations in which everything said was understood. */
const threshold = 0.85;

function verdictOf<Data>(result: QueryResult, wanted: Wanted<Data>, data: Data, asked: string): Verdict {
  if (wanted.kind === "no data") return result.data === undefined ? "right" : "wrong";
  if (wanted.kind === "cites")
    return result.citations?.every(({ title }) => title === wanted.title) === true && result.citations.length > 0 ? "right" : "wrong";
  const accepted = wanted.accept.map((answer) => answer(data));
  return judge(result, accepted, asked);
}

const expectedOf = <Data>(wanted: Wanted<Data>, data: Data): string => {
  if (wanted.kind === "data") return JSON.stringify(wanted.accept[0]?.(data));
  return wanted.kind === "cites" ? `passages of ${wanted.title}` : "no data";
};

/** Whether the question that opens a conversation was answered: what follows an unanswered one has nothing to go on from. */
const isAnswered = ({ data, citations = [] }: QueryResult): boolean => data !== undefined || citations.length > 0;

const short = (text: string): string => text.replace(/\s+/g, " ").slice(0, 220);

/** What was held: conversations understood to the end, and what was said after their first questions. */
interface Held {
  readonly right: number;
  readonly conversations: number;
  readonly replies: number;
  /** Answered with data that is not what was meant, rather than asked back. */
  readonly wrong: number;
}

const together = (all: readonly Held[]): Held => {
  const sum = (key: keyof Held): number => all.reduce((total, held) => total + held[key], 0);
  return { right: sum("right"), conversations: sum("conversations"), replies: sum("replies"), wrong: sum("wrong") };
};

const told = ({ right, conversations, replies, wrong }: Held): string =>
  `${right} of ${conversations} understood (${percent(right / conversations)}); ${wrong} of ${replies} replies wrong rather than asked back`;

/** Holds every conversation in a session of its own. */
async function hold<Data extends Tables>(
  title: string,
  data: Data,
  conversations: readonly Conversation<Data>[],
  folder?: string,
): Promise<Held> {
  const dataTools = createDataTools({ dataDir: folder });
  await using orchestrator = createOrchestrator({ tools: [mcpTools({ transport: () => dataTools.connect() })] });
  let right = 0;
  let wrong = 0;
  console.log(`\n## ${title}\n`);
  for (const { first, after } of conversations) {
    const sessionId = await orchestrator.createSession();
    let asked = first;
    const opening = await orchestrator.query({ text: first, sessionId });
    const failures: string[] = [];
    for (const { say, wanted } of after) {
      const result = await orchestrator.query({ text: say, sessionId });
      asked = `${asked} ${say}`;
      const verdict = verdictOf(result, wanted, data, asked);
      if (verdict === "wrong") wrong++;
      if (verdict === "right") continue;
      failures.push(
        `    ${say} (${verdict})\n        expected ${short(expectedOf(wanted, data))}\n        got      ${short(result.text)}\n        by       ${short(result.explanation?.join(" ") ?? "")}`,
      );
    }
    if (failures.length === 0) right++;
    else
      console.log(
        `- ${first} (${isAnswered(opening) ? "" : "itself not answered: "}${short(opening.text).slice(0, 80)})\n${failures.join("\n")}`,
      );
  }
  await dataTools.close();
  const held = { right, wrong, conversations: conversations.length, replies: conversations.flatMap(({ after }) => after).length };
  console.log(told(held));
  return held;
}

/** The same over tables that are written to a folder first. */
async function holdOver<Data extends Tables>(title: string, data: Data, conversations: readonly Conversation<Data>[]): Promise<Held> {
  const folder = mkdtempSync(join(tmpdir(), "eval-conversations-"));
  try {
    for (const [name, rows] of Object.entries(data)) writeFileSync(join(folder, `${name}.json`), JSON.stringify(rows));
    return await hold(title, data, conversations, folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const vegaFolder = join(dirname(dirname(fileURLToPath(import.meta.resolve("vega-datasets")))), "data");
const chinookFolder = join(import.meta.dirname, "..", "..", "..", "shared", "data", "chinook");
const vega = readVega(vegaFolder);
const chinook = existsSync(chinookFolder) ? readChinook(chinookFolder) : undefined;
if (chinook === undefined) console.log("skipping Chinook: its data is not there");
const holdChinook = async (conversations: typeof chinookConversations): Promise<Held[]> =>
  chinook === undefined ? [] : [await hold("Chinook", chinook, conversations, chinookFolder)];

console.log("\n# Known: worked on until they were understood");
const known = together([await hold("The shipped sample data", vega, vegaConversations), ...(await holdChinook(chinookConversations))]);
const isMet = known.right / known.conversations >= threshold;
console.log(`\n${isMet ? "met   " : "MISSED"} ${told(known)}; at least ${percent(threshold)}`);

console.log("\n# Other data, written down before any was held");
const unseen = together([
  await holdOver("Chemical elements", readElements(), elementConversations),
  await holdOver("An office's sheets", await readOffice(), officeConversations),
  await holdOver("Railway stations", readStations(), stationConversations),
]);
console.log(`\n${told(unseen)}`);

console.log("\n# Later ones, over known and other data, written down before any was held");
const later = together([
  await hold("The shipped sample data", vega, laterVegaConversations),
  ...(await holdChinook(laterChinookConversations)),
  await holdOver("A trading card game", readCards(), laterCardConversations),
  await holdOver("Releases of Node.js", readNodeReleases(), laterReleaseConversations),
  await holdOver("Mobile networks", readNetworks(), laterNetworkConversations),
]);
const isLaterMet = later.right / later.conversations >= threshold;
console.log(`\n${isLaterMet ? "met   " : "MISSED"} ${told(later)}; at least ${percent(threshold)}`);

console.log("\n# The last ones, over known data, written down after the others were worked on and before any was held");
const last = together([
  await hold("The shipped sample data", vega, lastVegaConversations),
  ...(await holdChinook(lastChinookConversations)),
]);
console.log(`\n${told(last)}`);
if (!isMet || !isLaterMet) process.exitCode = 1;
