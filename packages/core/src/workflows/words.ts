/** Words that carry no topic of their own. */
const empty = new Set(
  "a about all an and any are as at be been but by can could did do does for from get give had has have how i in into is it its kind list me my of on or our please show so tell than that the their them then there these they this those to up us was we were what when where which who whom whose why will with would you your".split(
    " ",
  ),
);

/** The singular, roughly, so that `caches` meets `cache`. */
const stem = (word: string): string => {
  if (word.length > 4 && word.endsWith("ies")) return `${word.slice(0, -3)}y`;
  if (word.length > 3 && word.endsWith("s") && !word.endsWith("ss")) return word.slice(0, -1);
  return word;
};

/** Lower-case content words of a text or an identifier, stems only: `clear-cache` and `ClearCaches` both give `clear cache`. */
export function contentWords(text: string): string[] {
  const words = text
    .replace(/([a-z0-9])([A-Z])/g, "$1 $2")
    .toLowerCase()
    .replace(/['’](?:s|re|ve|ll|d|m|t)\b/g, "")
    .match(/[\p{L}\p{N}]+/gu);
  return (words ?? []).filter((word) => !empty.has(word)).map(stem);
}
