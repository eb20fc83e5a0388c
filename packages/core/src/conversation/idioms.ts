const nouns: Readonly<Record<string, string>> = {
  long: "length",
  old: "age",
  heavy: "weight",
  tall: "height",
  high: "height",
  expensive: "price",
  big: "size",
  large: "size",
  fast: "speed",
  deep: "depth",
  wide: "width",
};
const howIs = new RegExp(
  String.raw`^how (${Object.keys(nouns).join("|")}) (?:is|are|was|were) (?:it|they|those|these)( on average)?[\s?.!]*$`,
  "i",
);
const comesTo =
  /^(?:what|how much) (?:do|does|did|is|are|was|were) (?:it|they|those|these|that) (?:all )?(?:come to|add up to|amount to|sum up to|total|worth)(?: in (?:total|all)| together)?[\s?.!]*$/i;

/** What is asked of the rows in a turn of phrase, as the name of a measure: "how long are they on average" is "the average length". */
export function measureAsked(content: string): string | undefined {
  if (comesTo.test(content)) return "the total";
  const [, adjective, average] = howIs.exec(content) ?? [];
  const noun = nouns[adjective?.toLowerCase() ?? ""];
  return noun === undefined ? undefined : `the ${average === undefined ? "" : "average "}${noun}`;
}
