import { spoken } from "../plan/changes.ts";
import type { Condition, QueryPlan } from "../plan/query-plan.ts";
import { nameWords } from "../plan/words.ts";
import type { Json } from "../ports/json.ts";
import { type PlanText, wordsOf } from "./said.ts";

const maxNames = 4;
const maxNameChars = 80;
const pronoun = /\b(?:he|she|it|they|him|her|them|that one|this one|(?:that|this|those|these) (?:\w+)|those|these)\b/gi;

/** The names in the row the last answer consisted of: first those the text calls by their field ("that country"), then what was asked for, which stands last. */
function namesIn(row: Json | undefined, text: string): readonly string[] {
  if (typeof row !== "object" || row === null || Array.isArray(row)) return [];
  const said = wordsOf(text);
  const isSaid = (field: string): boolean => nameWords(field).some((word) => said.includes(word));
  const named = Object.entries(row)
    .toReversed()
    .filter(
      (entry): entry is [string, string] => typeof entry[1] === "string" && entry[1].length <= maxNameChars && /\p{L}{2}/u.test(entry[1]),
    );
  return [...named.filter(([field]) => isSaid(field)), ...named.filter(([field]) => !isSaid(field))]
    .map(([, name]) => name)
    .slice(0, maxNames);
}

const isOf = (name: string, condition: Condition): boolean =>
  (condition.kind === "compare" && condition.op === "=" && condition.value === name) ||
  (condition.kind === "related" && condition.where.some((one) => isOf(name, one)));

/** Every way to say it with a name in place of what stands for it: "how many movies did he direct?" after an answer that is one person. */
function sayings(text: string, name: string): readonly string[] {
  const [, rows] = /^(?:and )?(?:which|what) ([\w ]{2,40}?) (?:are|is|were|was) (?:they|those|these|it|that)[\s?.!]*$/i.exec(text) ?? [];
  if (rows !== undefined) return [`List the ${rows} of ${name}`, `List the ${rows} by ${name}`];
  const possessed = text.replace(/\b(?:his|her|its|their)\b(?= \w)/i, `${name}'s`);
  return [
    ...new Set([...text.matchAll(pronoun)].map(({ 0: said, index }) => text.slice(0, index) + name + text.slice(index + said.length))),
  ].concat(possessed === text ? [] : [possessed]);
}

/** The first of these sayings whose plan is about the name; undefined when nothing in the answer can be meant. */
export function namedInAnswer(text: string, row: Json | undefined, planText: PlanText): { text: string; plan: QueryPlan } | undefined {
  for (const name of namesIn(row, text)) {
    for (const said of sayings(text, name)) {
      const plan = planText(said);
      if (plan !== undefined && spoken(plan).some((condition) => isOf(name, condition))) return { text: said, plan };
    }
  }
  return undefined;
}
