import type { QueryPlan } from "../plan/query-plan.ts";
import { wordsOf } from "./said.ts";

/** A longer question is not tried with the choice at every place. */
const maxWords = 12;

/** What is said around a choice, and chooses nothing. */
const around = /^(?:the|a|one|i|mean|meant|by|of|in|for|please|it|is|s|that|option|number|no|nr|choice|answer|take|use|want|would|like)$/;
const ordinals: readonly RegExp[] = [/^(?:first|1st|1|former)$/, /^(?:second|2nd|2|latter)$/, /^(?:third|3rd|3)$/, /^(?:fourth|4th|4)$/];

/** What an answer asked back with: "Which do you mean?" and a list. */
export function choicesIn(answer: string): readonly string[] {
  const [, list = ""] = /Which do you mean\?\s+((?:- [^\n]+(?:\n|$))+)/.exec(answer) ?? [];
  return list.split("\n").flatMap((line) => (line.startsWith("- ") ? [line.slice(2).trim()] : []));
}

/** The one of the choices that was said, by its name or its place; undefined for anything more or less. */
export function chosen(text: string, choices: readonly string[]): string | undefined {
  if (choices.length === 0 || text.length > 200) return undefined;
  const said = wordsOf(text).filter((word) => !around.test(word));
  const [only, ...others] = said;
  if (only === undefined) return undefined;
  const named = choices.filter(
    (choice) =>
      wordsOf(choice)
        .filter((word) => !around.test(word))
        .join(" ") === said.join(" "),
  );
  if (named.length === 1) return named[0];
  const partly = choices.filter((choice) => {
    const words = wordsOf(choice);
    return said.every((word) => words.includes(word));
  });
  const [part, ...alike] = partly;
  if (part !== undefined && alike.length === 0) return part;
  const place = others.length === 0 ? (only === "last" ? choices.length - 1 : ordinals.findIndex((ordinal) => ordinal.test(only))) : -1;
  return choices[place];
}

/** The question with the choice in it, as it may be said. */
export function withChoice(question: string, choice: string): readonly string[] {
  const stem = question.replace(/[\s?.!]+$/, "");
  const mark = question.trimEnd().endsWith("?") ? "?" : "";
  const words = stem.split(/\s+/);
  const inPlace = words.flatMap((_, from) =>
    [1, 2].flatMap((size) =>
      from + size <= words.length ? [[...words.slice(0, from), choice, ...words.slice(from + size)].join(" ")] : [],
    ),
  );
  const between = words.length > maxWords ? [] : words.slice(1).map((_, at) => words.toSpliced(at + 1, 0, choice).join(" "));
  const behindCount = stem.replace(/^(how many|number of|count(?: the)?)\b/i, `$1 ${choice}`);
  return [...(behindCount === stem ? [] : [behindCount]), `${stem} of ${choice}`, `${stem} ${choice}`, ...between, ...inPlace].map(
    (text) => `${text}${mark}`,
  );
}

/** True for a plan that is about the choice and still about all that the question named. */
export function isAbout(plan: QueryPlan, explanation: string, question: string, choice: string): boolean {
  const told = `${explanation} ${JSON.stringify(plan)}`.toLowerCase();
  const names = question
    .split(/\s+/)
    .slice(1)
    .filter((word) => /^["'(]?[\p{Lu}\d]/u.test(word));
  const isThere = (word: string): boolean => told.includes(word.toLowerCase());
  return (plan.from === choice || wordsOf(choice).every(isThere)) && names.every((name) => wordsOf(name).every(isThere));
}
