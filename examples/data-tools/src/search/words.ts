import { singular } from "../schema/name-words.ts";

/** English words that say nothing about what a text is about. */
const stopWords = new Set(
  `a about an and any are as at be been but by can could did do does for from had has have how i if in into is it its itself just me more most my no
   not of on or our out over please should show so some such tell than that the their them then there these they this those to up us was we were what
   when where which while who whom whose why will with would you your`.split(/\s+/),
);

/** The meaningful words of a text: without accents, in lower case and the singular, without stop words. */
export function searchWords(text: string): string[] {
  const words =
    text
      .normalize("NFKD")
      .replaceAll(/\p{M}/gu, "")
      .toLowerCase()
      .match(/[\p{L}\p{N}]+/gu) ?? [];
  return words.filter((word) => !stopWords.has(word)).map(singular);
}
