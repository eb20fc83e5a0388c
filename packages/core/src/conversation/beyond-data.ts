import type { Catalog } from "../plan/catalog.ts";
import { nameWords } from "../plan/words.ts";
import { holds, wordsOf } from "./said.ts";

const maxChars = 500;

/** Asked of the one who asks or answers, or of this moment: no row says it, whatever words it shares with one. */
const beyond: readonly RegExp[] = [
  /\b(?:am|should|shall|was) i\b(?! (?:see|get|expect|look)\b)/i,
  /\bhow old are you\b|\b(?:are|were) you (?:a|an|human|real|alive|ok|married|happy|sure)\b|\b(?:do|did|will|would) you (?:love|like|think|feel|believe|sleep|eat|dream|remember)\b/i,
  /\byour (?:name|age|opinion|favou?rite|birthday|job|hobby|feelings?)\b/i,
  /^(?:(?:so|and|hey|please)\b[\s,]*)*what(?:'s| is)? (?:the )?(?:(?:current |exact )?(?:time|date|day|weekday) (?:is (?:it|today)|now|today|right now)(?: now| today| right now)?|(?:today's|current) (?:date|time|day))[\s?.!]*$/i,
  /\b(?:tell|sing|write|compose|make up|invent|draw|paint)(?: me| us)? (?:a|an|some|another) (?:\w+ )?(?:jokes?|poem|story|song|haiku|limerick|essay|letter|riddle|rap|picture)\b/i,
];
const mine = /\bmy (\p{L}+)(?: (\p{L}+))?/giu;

/** True where "my …" names nothing the data holds: "my orders" may be all there is, "my keys" is not. */
function isSomebodys(text: string, { collections }: Catalog): boolean {
  const names = collections
    .flatMap((collection) => [collection, ...collection.fields])
    .flatMap(({ name, aliases = [] }) => [nameWords(name), ...aliases.map(wordsOf)]);
  return [...text.matchAll(mine)].some(([, first = "", second = ""]) => {
    const said = wordsOf(`${first} ${second}`);
    return !names.some((name) => name.some((word) => holds(said, [word])));
  });
}

/** True for what no data can answer: asked of the assistant or the asker, of this very moment, or for something to be made up. */
export const isBeyondData = (text: string, catalog: Catalog): boolean =>
  text.length <= maxChars && (beyond.some((pattern) => pattern.test(text)) || isSomebodys(text, catalog));
