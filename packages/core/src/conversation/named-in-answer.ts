import { spoken, valuesIn } from "../plan/changes.ts";
import type { QueryPlan } from "../plan/query-plan.ts";
import type { Json } from "../ports/json.ts";
import type { PlanText } from "./said.ts";

const maxNames = 4;
const maxNameChars = 80;
const pronoun = /\b(?:he|she|it|they|him|her|them|that one|this one|(?:that|this|those|these) (?:\w+)|those|these)\b/gi;

/** The names in the row the last answer consisted of. */
function namesIn(row: Json | undefined): readonly string[] {
  if (typeof row !== "object" || row === null || Array.isArray(row)) return [];
  return Object.values(row)
    .filter((value): value is string => typeof value === "string" && value.length > 1 && value.length <= maxNameChars)
    .filter((value) => /\p{L}/u.test(value))
    .slice(0, maxNames);
}

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
  for (const name of namesIn(row)) {
    for (const said of sayings(text, name)) {
      const plan = planText(said);
      if (plan !== undefined && valuesIn(spoken(plan)).includes(name)) return { text: said, plan };
    }
  }
  return undefined;
}
