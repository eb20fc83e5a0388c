import type { Catalog } from "../plan/catalog.ts";
import { fillers } from "../plan/lexicon.ts";
import type { QueryPlan } from "../plan/query-plan.ts";
import { nameWords, normalise, singular } from "../plan/words.ts";
import { type Change, spoken, valuesIn } from "../plan/changes.ts";
import { type Said, bareCounting, holds, wordsOf } from "./said.ts";

/** A question asked before, with the plan it was answered by. */
export interface Previous {
  readonly question: string;
  readonly plan: QueryPlan;
}

/** The previous question said anew, and in what its plan may then differ. */
export interface Edit {
  readonly text: string;
  /** The first of these the plans differ in says how good the edit is; any other difference rules it out. */
  readonly may: readonly Change[];
  /** Better edits first among those that differ in the same. */
  readonly weight: number;
}

const maxSpanWords = 4;
const maxSpans = 14;
const preposition = /^(?:in|of|from|to|by|for|at|on|with|per|during|after|before|since|about|each)\s+/i;

const opening = /^(?:(?:in|of|from|to|by|for|at|on|with|per|during|after|before|since|about|each|those|that|the|a|an|ones)\s+)+/i;

/** Values first, then how it is ranked and measured, then what it is about. */
const swapping: readonly Change[] = ["values", "direction", "function", "measured", "from", "order"];
/** "the maximum instead": the highest of a field may be told by its row. */
const functions: readonly Change[] = ["direction", "function", "kind"];
const isFunction = /^(?:max(?:imum)?|min(?:imum)?|highest|lowest|largest|smallest|average|mean|median|total|sum)(?: one| value)?$/i;
const adding: readonly Change[] = ["narrowed", "having", "groups", "order", "limit", "direction"];

const bare = (word: string): string => word.replace(/^[("']+|[)"'?.!,;:]+$/g, "");
const isName = (word: string): boolean => /^["'(]?[\p{Lu}\d]/u.test(word);
const isFiller = (word: string): boolean => fillers.has(normalise(bare(word)));

/** Where one text names the other, as far as words go that are only inflected: "earthquakes" names "Earthquake", "rainy" names "rain". */
function isNamed(word: string, value: string): boolean {
  const [a, b] = [singular(normalise(bare(word))), singular(normalise(value))];
  return a === b || (Math.min(a.length, b.length) >= 4 && (a.startsWith(b) || b.startsWith(a)) && Math.abs(a.length - b.length) <= 2);
}

interface Span {
  readonly from: number;
  readonly to: number;
  readonly weight: number;
}

/** The parts of the question something may stand in for, the likeliest first. */
function spansOf(words: readonly string[], { plan }: Previous, before: string | undefined): Span[] {
  const values = valuesIn(spoken(plan)).flatMap((value) => String(value).split(/\s+/));
  const isValue = words.map((word) =>
    values.some((value) => isNamed(word, value) || (/^\d{4}-/.test(value) && value.startsWith(bare(word)) && bare(word).length === 4)),
  );
  // Two words that stand side by side in one value are not replaced one without the other.
  const texts = valuesIn(spoken(plan)).map((value) => wordsOf(String(value)).join(" "));
  const sameValue = (a: number, b: number): boolean => {
    const pair = wordsOf(words.slice(Math.min(a, b), Math.max(a, b) + 1).join(" "));
    return pair.length > 1 && words[a] !== undefined && texts.some((value) => ` ${value} `.includes(` ${pair.join(" ")} `));
  };
  const spans: Span[] = [];
  for (let from = 0; from < words.length; from++) {
    for (let to = from + 1; to <= Math.min(words.length, from + maxSpanWords); to++) {
      if (isFiller(words[from]!) || isFiller(words[to - 1]!)) continue;
      const inside = words.slice(from, to);
      const hasValue = isValue.slice(from, to).some(Boolean);
      const isWhole = inside.every((word, at) => isValue[from + at] || isName(word));
      const isCut =
        isWhole &&
        ([words[from - 1], words[to]].some((word, side) => word !== undefined && isName(word) && (side === 1 || from > 1)) ||
          [from - 1, to].some((at) => sameValue(at, at < from ? from : to - 1)));
      const follows = before !== undefined && normalise(bare(words[from - 1] ?? "")) === before;
      const weight =
        (hasValue && isWhole ? 6 : hasValue ? 1 : 0) +
        (isWhole ? 1 : 0) +
        (isCut ? -3 : 0) +
        (follows ? 4 : 0) +
        from / 100 -
        inside.length / 1000;
      spans.push({ from, to, weight });
    }
  }
  return spans.sort((a, b) => b.weight - a.weight).slice(0, maxSpans);
}

/** The question with one part of it replaced by what was said. */
function swaps(previous: Previous, content: string, catalog: Catalog): Edit[] {
  const words = previous.question.replace(/[\s?.!]+$/, "").split(/\s+/);
  const leads = opening.exec(content)?.[0].trim().split(/\s+/) ?? [];
  const said = content.replace(opening, "");
  // What is longer than two parts of a question is put in the place of none.
  if (said === "" || said.split(/\s+/).length > 2 * maxSpanWords) return [];
  const last = leads.findLast((word) => preposition.test(`${word} `));
  const before = last === undefined ? undefined : normalise(last);
  const isKey = before === "per" || before === "each";
  const saidWords = wordsOf(said);
  const isSchema = catalog.collections.some(({ name, fields }) =>
    [name, ...fields.map((field) => field.name)].some((each) => holds(wordsOf(each), saidWords)),
  );
  const base: readonly Change[] = isKey ? ["groups"] : before === "by" ? [...swapping, "groups"] : swapping;
  const may = isFunction.test(said)
    ? functions
    : [
        ...base.filter((change) => !isSchema || change !== "values"),
        ...(isSchema && before === undefined ? (["shown"] as const) : []),
        ...(isSchema ? (["values"] as const) : []),
      ];
  const put = isKey ? said.replace(/^number of /i, "") : said;
  return spansOf(words, previous, before).map(({ from, to, weight }) => ({
    text: [...words.slice(0, from), put, ...words.slice(to)].join(" "),
    may,
    weight,
  }));
}

/** Numbers are also found inside a comparison: "and longer than 10?" after "longer than 5 minutes". */
function numberSwaps({ question }: Previous, content: string): Edit[] {
  const numbers = content.match(/\d[\d.,]*/g) ?? [];
  const asked = question.match(/\b\d[\d.,]*\b/g) ?? [];
  const [number] = numbers;
  if (numbers.length !== 1 || number === undefined) return [];
  const shared = wordsOf(content).filter((word) => !/^\d/.test(word));
  if (!shared.every((word) => wordsOf(question).includes(word) || fillers.has(word) || word === "top")) return [];
  const may: readonly Change[] = /^(?:the )?(?:top|bottom|first|last|best|worst)\b/i.test(content)
    ? ["limit"]
    : ["values", "limit", "having"];
  return asked.map((old, at) => ({ text: question.replace(old, number), may, weight: at }));
}

const ends: readonly (readonly [string, string])[] = [
  ["most", "fewest"],
  ["most", "least"],
  ["highest", "lowest"],
  ["largest", "smallest"],
  ["biggest", "smallest"],
  ["best", "worst"],
  ["longest", "shortest"],
  ["latest", "earliest"],
  ["top", "bottom"],
];

/** "and the worst?" after "the highest", "the opposite?": the question with its superlative turned. */
function turnedEnds({ question }: Previous, content: string): Edit[] {
  const [, said = ""] =
    /^(?:(?:which|what|who)(?: one)?(?:'s| is| was| has| had)? )?(?:the )?(best|worst|opposite|reverse|other end|most|least)(?: ones?)?$/i.exec(
      content,
    ) ?? [];
  if (said === "") return [];
  const isWanted = (word: string): boolean =>
    /^(?:opposite|reverse|other end)$/i.test(said) ||
    (/^(?:best|most)$/i.test(said) ? ends.some(([high]) => high === word) : ends.some(([, low]) => low === word));
  return ends.flatMap(([high, low], at) =>
    [
      [high, low],
      [low, high],
    ].flatMap(([from = "", to = ""]) => {
      const old = new RegExp(String.raw`\b${from}\b`, "i");
      return isWanted(to) && old.test(question) ? [{ text: question.replace(old, to), may: functions, weight: 10 - at }] : [];
    }),
  );
}

/** The question with what was said put behind it. */
function additions({ question }: Previous, content: string): Edit[] {
  const stem = question.replace(/[\s?.!]+$/, "");
  const said = content
    .replace(/^(?:those|the ones|ones|the|that|of (?:them|those))\s+/i, "")
    .replace(/^(?:who|which|that) (?:are|is|were|was)\s+/i, "")
    .replace(
      /\b(without|except|excluding|not|other than) (?:the |those )?(?:ones? )?(?:that|which|who) (?:are|is|were|was) not\s+/i,
      "$1 not ",
    )
    .replace(/\b(without|except|excluding|not|other than|for) (?:the )ones? (?:(?:that|which|who) (?:are|is|were|was)\s+)?/i, "$1 ");
  const sorted = said.replace(
    /^(?:sort|order|rank)(?:ed)?(?: (?:it|them|those|these|that|the (?:results?|list)))?(?: by)? /i,
    "sorted by ",
  );
  const grouped = said.replace(/^group(?:ed)?(?: (?:it|them|those|these|that))? by /i, "per ");
  const texts = new Set(
    [sorted, grouped, said].flatMap((each) =>
      preposition.test(each) ? [`${stem} ${each}`, `${stem}, ${each}`] : [`${stem}, ${each}`, `${stem} ${each}`],
    ),
  );
  if (/^\d{4}$/.test(said)) texts.add(`${stem} in ${said}`);
  if (!preposition.test(said)) texts.add(`${stem} with ${said}`).add(`${stem} for ${said}`);
  return [...texts].map((text, at) => ({ text, may: adding, weight: -at }));
}

const listing =
  /^(?:please )?(?:(?:show|list|give|find|get|display|name|tell)(?: me)?|which|what|who)(?: (?:are|is|were|was))?(?: all)?(?: of)?(?: the)? /i;
const counting = /^(?:how many|count(?: of)?(?: the)?|(?:what is )?the number of|number of) /i;

/** How many there are of what was listed, and the other way round. */
function turns({ question }: Previous, said: Said): Edit[] {
  const asksCount = bareCounting.test(said.content) || /^(?:count|count (?:them|those|these)|the (?:count|number))$/i.test(said.content);
  const asksList =
    /^(?:who|which|what)(?: (?:is|are|were|was) (?:they|those|these|them|it|the ones))?(?: (?:ones?|exactly))?[\s?.!]*$/i.test(
      said.content,
    ) || /^(?:list|show|name|display|see|give)?(?: me)? ?(?:them|those|these)(?: all)?$/i.test(said.content);
  if (asksCount && listing.test(question))
    return [question.replace(listing, "How many "), question.replace(listing, "Count the ")].map((text, at) => ({
      text,
      may: ["kind"],
      weight: -at,
    }));
  if (asksList && counting.test(question))
    return ["Which ", "List the ", "Show all "].map((lead, at) => ({ text: question.replace(counting, lead), may: ["kind"], weight: -at }));
  return [];
}

/** What was said may be a measure of its own, of the same rows in the same groups: "and the average length?" */
function measures({ question, plan }: Previous, content: string): Edit[] {
  const said = content.replace(/^(?:what (?:is|was|are|were) )?(?:the|their|its|his|her) /i, "");
  const counted = question
    .replace(/[\s?.!]+$/, "")
    .replace(counting, "")
    .replace(/\b(?:are|were|is|was) there\s*/i, "");
  const texts = counting.test(question) ? [`${said} of ${counted}`, `${said} of the ${counted}`] : [`${said} of ${plan.from}`];
  return texts.map((text, at) => ({ text, may: ["measures", "measured", "function"], weight: -at }));
}

/** "and tracks?": the same of other rows; the value stays what it was, which its collection's name makes plain. */
function others({ question, plan }: Previous, content: string): Edit[] {
  const said = content.replace(opening, "");
  const texts = [question];
  for (const condition of spoken(plan)) {
    const to = "field" in condition ? plan.joins.find(({ as }) => as === condition.field.via)?.to : undefined;
    const [value] = valuesIn([condition]);
    if (to !== undefined && value !== undefined) texts.push(question.replace(String(value), `${to} ${String(value)}`));
  }
  const noun = nameWords(plan.from);
  return texts.flatMap((text, at) => {
    const words = text.split(/\s+/);
    const place = words.findIndex((word) => wordsOf(word).join(" ") === noun.join(" "));
    return place < 0 ? [] : [{ text: words.with(place, said).join(" "), may: ["from"], weight: -at }];
  });
}

/** Every way the previous question may be said anew so that it means what was said. */
export function editsOf(previous: Previous, said: Said, catalog: Catalog): readonly Edit[] {
  const { content } = said;
  const turned = turns(previous, said);
  if (turned.length > 0) return turned;
  const mark = previous.question.endsWith("?") ? "?" : "";
  const edits = [
    ...turnedEnds(previous, content),
    ...numberSwaps(previous, content),
    ...swaps(previous, content, catalog),
    ...additions(previous, content),
    ...others(previous, content),
    ...measures(previous, content),
  ];
  return edits.map((edit) => ({ ...edit, text: `${edit.text.replace(/[\s?.!]+$/, "")}${mark}` }));
}
