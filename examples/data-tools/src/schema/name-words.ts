const keyWords = new Set(["id", "ids", "key", "code", "no", "nr", "number", "ref", "fk"]);

/** The words of a field or collection name, in lower case: `SupportRepId`, `support_rep_id` and `support rep id` are the same three. */
export function nameWords(name: string): string[] {
  return name
    .replaceAll(/([a-z\d])([A-Z])/g, "$1 $2")
    .replaceAll(/([A-Z]+)([A-Z][a-z])/g, "$1 $2")
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word !== "");
}

/** Whether the last word says that the field holds a key of something. */
export function endsAsKey(name: string): boolean {
  return keyWords.has(nameWords(name).at(-1) ?? "");
}

/** What a key field is a key of: its words without the last one (`artist_id` gives `artist`), joined and in the singular. */
export function keySubject(name: string): string {
  const words = nameWords(name);
  return singular((endsAsKey(name) ? words.slice(0, -1) : words).join(""));
}

/** A rough English singular that is only good for comparing: `movies` and `movie` are both "movy", `countries` is "country". */
export function singular(word: string): string {
  return withoutPlural(word).replace(/ie$/, "y");
}

function withoutPlural(word: string): string {
  if (word.length < 4 || /(ss|us|is)$/.test(word)) return word;
  if (/(x|z|ch|sh|ss)es$/.test(word)) return word.slice(0, -2);
  return word.endsWith("s") ? word.slice(0, -1) : word;
}
