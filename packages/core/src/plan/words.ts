/** Lower case, accents dropped, everything but letters and digits a space. */
export function normalise(text: string): string {
  return text
    .normalize("NFKD")
    .replace(/\p{M}+/gu, "")
    .replace(/['’`]s\b/g, "")
    .replace(/['’`]/g, "")
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, " ")
    .trim();
}

const irregular: Readonly<Record<string, string>> = {
  people: "person",
  persons: "person",
  men: "man",
  women: "woman",
  children: "child",
  mice: "mouse",
  geese: "goose",
  feet: "foot",
  teeth: "tooth",
  indices: "index",
  matrices: "matrix",
  criteria: "criterion",
  phenomena: "phenomenon",
  analyses: "analysis",
  crises: "crisis",
  movies: "movie",
  cookies: "cookie",
  series: "series",
  species: "species",
  news: "news",
  media: "media",
  data: "data",
  lens: "lens",
  bus: "bus",
  gas: "gas",
  gases: "gas",
  buses: "bus",
  lenses: "lens",
  statuses: "status",
  status: "status",
  address: "address",
  lives: "life",
  wives: "wife",
  leaves: "leaf",
  shelves: "shelf",
  knives: "knife",
  halves: "half",
  staves: "staff",
  emojis: "emoji",
  taxis: "taxi",
  skis: "ski",
  kiwis: "kiwi",
  safaris: "safari",
  wikis: "wiki",
  apis: "api",
};

/** The singular of an English noun; other words come back as they are. */
export function singular(word: string): string {
  const known = Object.hasOwn(irregular, word) ? irregular[word] : undefined;
  if (known !== undefined) return known;
  if (word.length <= 3 || /(ss|us|is|ous)$/.test(word) || !word.endsWith("s")) return word;
  if (word.endsWith("ies")) return word.length > 4 ? `${word.slice(0, -3)}y` : word.slice(0, -1);
  if (/(ches|shes|sses|xes|zzes)$/.test(word)) return word.slice(0, -2);
  return word.slice(0, -1);
}

const endings = [
  "ations",
  "ation",
  "ising",
  "izing",
  "ments",
  "ment",
  "ings",
  "ing",
  "ions",
  "ion",
  "ors",
  "or",
  "ers",
  "er",
  "ed",
  "ly",
  "al",
  "es",
  "s",
  "e",
  "y",
];

/** The part related words share: director, directed, direction -> direct. Too coarse to name things, right to recognise them. */
export function root(word: string): string {
  let base = word;
  for (const ending of endings) {
    if (base.endsWith(ending) && base.length - ending.length >= (ending.length > 1 ? 3 : 4)) {
      base = base.slice(0, -ending.length);
      break;
    }
  }
  if (/([bdfgklmnprt])\1$/.test(base) && base.length > 3) base = base.slice(0, -1);
  return base.endsWith("e") && base.length > 4 ? base.slice(0, -1) : base.endsWith("i") ? `${base.slice(0, -1)}y`.replace(/y$/, "") : base;
}

/** Units as they are written in names, with the dimension they measure and how many of its base unit they are. */
const units: Readonly<Record<string, { readonly dimension: string; readonly factor: number }>> = {
  ms: { dimension: "time", factor: 0.001 },
  millisecond: { dimension: "time", factor: 0.001 },
  milli: { dimension: "time", factor: 0.001 },
  s: { dimension: "time", factor: 1 },
  sec: { dimension: "time", factor: 1 },
  second: { dimension: "time", factor: 1 },
  min: { dimension: "time", factor: 60 },
  minute: { dimension: "time", factor: 60 },
  hr: { dimension: "time", factor: 3600 },
  hour: { dimension: "time", factor: 3600 },
  byte: { dimension: "bytes", factor: 1 },
  kb: { dimension: "bytes", factor: 1000 },
  kilobyte: { dimension: "bytes", factor: 1000 },
  mb: { dimension: "bytes", factor: 1e6 },
  megabyte: { dimension: "bytes", factor: 1e6 },
  gb: { dimension: "bytes", factor: 1e9 },
  gigabyte: { dimension: "bytes", factor: 1e9 },
  mg: { dimension: "mass", factor: 0.001 },
  g: { dimension: "mass", factor: 1 },
  gram: { dimension: "mass", factor: 1 },
  kg: { dimension: "mass", factor: 1000 },
  kilo: { dimension: "mass", factor: 1000 },
  kilogram: { dimension: "mass", factor: 1000 },
  lb: { dimension: "mass", factor: 453.59237 },
  pound: { dimension: "mass", factor: 453.59237 },
  ton: { dimension: "mass", factor: 1e6 },
  tonne: { dimension: "mass", factor: 1e6 },
  mm: { dimension: "distance", factor: 0.001 },
  millimeter: { dimension: "distance", factor: 0.001 },
  millimetre: { dimension: "distance", factor: 0.001 },
  cm: { dimension: "distance", factor: 0.01 },
  centimeter: { dimension: "distance", factor: 0.01 },
  centimetre: { dimension: "distance", factor: 0.01 },
  m: { dimension: "distance", factor: 1 },
  meter: { dimension: "distance", factor: 1 },
  metre: { dimension: "distance", factor: 1 },
  km: { dimension: "distance", factor: 1000 },
  kilometer: { dimension: "distance", factor: 1000 },
  kilometre: { dimension: "distance", factor: 1000 },
  mile: { dimension: "distance", factor: 1609.344 },
  mi: { dimension: "distance", factor: 1609.344 },
  ft: { dimension: "distance", factor: 0.3048 },
  foot: { dimension: "distance", factor: 0.3048 },
  usd: { dimension: "money", factor: 1 },
  dollar: { dimension: "money", factor: 1 },
  eur: { dimension: "money", factor: 1 },
  euro: { dimension: "money", factor: 1 },
  gbp: { dimension: "money", factor: 1 },
  degree: { dimension: "degree", factor: 1 },
  percent: { dimension: "percent", factor: 1 },
  pct: { dimension: "percent", factor: 1 },
};

/** A unit of measure: what it measures, and how many base units it is. */
export interface Unit {
  readonly dimension: string;
  readonly factor: number;
}

/** The unit a word names, or undefined. */
export function unitOf(word: string): Unit | undefined {
  const known = Object.hasOwn(units, word) ? word : singular(word);
  return Object.hasOwn(units, known) ? units[known] : undefined;
}

const split = (name: string): string[] =>
  name
    .replace(/([\p{Ll}\p{N}])(\p{Lu})/gu, "$1 $2")
    .replace(/(\p{Lu}+)(\p{Lu}\p{Ll})/gu, "$1 $2")
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word !== "")
    .map((word) =>
      word
        .normalize("NFKD")
        .replace(/\p{M}+/gu, "")
        .toLowerCase(),
    );

/** Names of a schema are taken apart for every question, many times. */
const remembered = new Map<string, readonly string[]>();
const maxRemembered = 4096;

/**
 * The words of a field's or collection's name, singular and in lower case: `invoiceLine` -> invoice, line.
 * A unit at its end or in brackets is left out: `Body Mass (g)` -> body, mass.
 */
export function nameWords(name: string): readonly string[] {
  let words = remembered.get(name);
  if (!words) {
    if (remembered.size >= maxRemembered) remembered.clear();
    remembered.set(name, (words = wordsIn(name)));
  }
  return words;
}

function wordsIn(name: string): readonly string[] {
  const words = split(name.replace(/\([^)]*\)/g, " ")).map(singular);
  if (words.length > 1 && isTrailingUnit(words)) words.pop();
  if (words.length > 1 && words.at(-1) === "in") words.pop();
  return words.length > 0 ? words : split(name).map(singular);
}

/** `min` after a time is minutes, elsewhere a minimum; a single letter is a unit only after "in". */
function isTrailingUnit(words: readonly string[]): boolean {
  const last = words.at(-1) ?? "";
  if (last === "min") return words.some((word) => ["time", "duration", "runtime", "length", "in"].includes(word));
  return unitOf(last) !== undefined && (last.length > 1 || words.at(-2) === "in");
}

/** The unit a field's name ends in or gives in brackets: `Weight_in_lbs`, `Running Time min`, `Milliseconds`. */
export function unitInName(name: string): Unit | undefined {
  const bracketed = /\(([^)]+)\)/.exec(name)?.[1];
  if (bracketed !== undefined) return unitOf(bracketed.trim().toLowerCase());
  const words = split(name);
  const last = words.at(-1) ?? "";
  return words.length === 1 ? (last.length > 2 ? unitOf(last) : undefined) : isTrailingUnit(words) ? unitOf(last) : undefined;
}
