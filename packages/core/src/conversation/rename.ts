import type { Catalog } from "../plan/catalog.ts";
import { nameWords } from "../plan/words.ts";
import type { Reading } from "../ports/reading.ts";
import { type Said, holds, wordsOf } from "./said.ts";

/** A question about documents or the schema with the collection it names replaced, or put for a pronoun: "and the cars one?", "who collected it?" */
export function renamed(question: string, said: Said, catalog: Catalog): Reading | undefined {
  const asked = wordsOf(question);
  const named = catalog.collections.find(({ name }) => holds(asked, nameWords(name)));
  if (named === undefined) return undefined;
  const words = wordsOf(said.content).filter((word) => !/^(?:the|one|data|set|dataset|collection|table|about|of|for)$/.test(word));
  const meant = catalog.collections.find(({ name }) => nameWords(name).join(" ") === words.join(" "));
  const text = meant === undefined ? withoutPronoun(said.content, named.name) : inPlaceOf(named.name, meant.name, question);
  return text === undefined || text === question ? undefined : { kind: "resolved", text, isWhole: true, by: "rules" };
}

function withoutPronoun(content: string, name: string): string | undefined {
  const text = content
    .replace(/\b(?:its|their)\b/i, `the ${name} data set's`)
    .replace(/\b(?:it|they|them|this|that)\b/i, `the ${name} data set`);
  return text === content ? undefined : text;
}

/** The question about another collection; undefined where its name is not one word. */
function inPlaceOf(old: string, name: string, question: string): string | undefined {
  const [word, ...others] = nameWords(old);
  if (others.length > 0) return undefined;
  return question
    .split(/(\s+|[?.!,;:"'()])/)
    .map((token) => (wordsOf(token).join(" ") === word ? name : token))
    .join("");
}
