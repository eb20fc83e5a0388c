const irregular: ReadonlyMap<string, string> = new Map(
  "people person|ids id|goes go|called call|uses use|used use|using use|children child|men man|women woman|made make|took take|taken take|ran run|sold sell|bought buy|taught teach|held hold|gave give|given give|wrote write|written write|won win|led lead|paid pay|left leave|found find|built build|got get|gotten get|went go|gone go|came come|saw see|seen see|said say|began begin|begun begin|broke break|broken break|chose choose|chosen choose|drove drive|driven drive|ate eat|eaten eat|fell fall|felt feel|flew fly|flown fly|grew grow|grown grow|hid hide|kept keep|knew know|known know|lost lose|met meet|rode ride|rose rise|sent send|sang sing|sat sit|slept sleep|spoke speak|spoken speak|spent spend|stood stand|swam swim|thought think|threw throw|wore wear|worn wear|mice mouse|feet foot|teeth tooth|geese goose|data datum|media medium|criteria criterion|indices index|indexes index|analyses analysis|bases base|series series|species species|status status|address address|addresses address|campus campus|bus bus|class class|process process|business business|boss boss|less less|gas gas|lens lens|has have|had have|does do|did do|done do|lives live|leaves leave|movies movie|ties tie|dies die|during during|morning morning|evening evening|spring spring|king king|ring ring|thing thing|string string|wing wing|building building|rating rating|red red|bed bed|need need|speed speed|seed seed|feed feed|hundred hundred|led lead|bid bid|hired hire|united united|anything anything|everything everything|something something|nothing nothing|outstanding outstanding|wedding wedding|meeting meeting|clothing clothing|housing housing|news news|always always|perhaps perhaps|across across|focus focus|virus virus|analysis analysis|basis basis|axis axis|versus versus|plus plus|bonus bonus|census census|corpus corpus|genus genus|chorus chorus|octopus octopus"
    .split("|")
    .map((pair): [string, string] => {
      const [form = "", base = ""] = pair.split(" ");
      return [form, base];
    }),
);

const vowel = /[aeiouy]/;

/** `planned` to `plan`, `named` to `name`: undoes what English does to a verb before an ending. */
function restore(base: string): string {
  const last = base.at(-1);
  if (last !== undefined && last === base.at(-2) && !"aeiouls".includes(last)) return base.slice(0, -1);
  if (
    /(?:[^aeiou][aeiou](?:[stvzcgrmndkl])|[sc]h?[aeiou][bdgklmnprstvz]|[aeiou]r[gcsv]|[aeiou][nl]c|dg|[^aeiou]l|u)$/.test(base) &&
    base.length <= 5 &&
    !/(?:en|er|or|it|on|al|el|ow|ay|et|in)$/.test(base)
  )
    return `${base}e`;
  return base;
}

function plain(word: string): string {
  if (word.length > 4 && word.endsWith("ies")) return `${word.slice(0, -3)}y`;
  if (word.length > 4 && /(?:ch|sh|x|ss|zz)es$/.test(word)) return word.slice(0, -2);
  if (word.length > 3 && word.endsWith("s") && !/(?:ss|us|is)$/.test(word)) return word.slice(0, -1);
  return word;
}

const known = new Map<string, string>();
const maxKnown = 20_000;

/** The base form of an English word, as far as its ending tells: inflection only, so that `employer` is no `employee`. */
export function lemmaOf(word: string): string {
  const found = known.get(word);
  if (found !== undefined) return found;
  const lemma = irregular.get(word) ?? inflected(word);
  if (known.size >= maxKnown) known.clear();
  known.set(word, lemma);
  return lemma;
}

function inflected(word: string): string {
  const base = plain(word);
  if (base !== word) return irregular.get(base) ?? base;
  if (word.length > 5 && word.endsWith("ing") && vowel.test(word.slice(0, -3))) return restore(word.slice(0, -3));
  if (word.length > 4 && word.endsWith("ied")) return `${word.slice(0, -3)}y`;
  if (word.length > 4 && word.endsWith("ed") && vowel.test(word.slice(0, -2))) return restore(word.slice(0, -2));
  return word;
}

/** What two forms of one word still share when their lemmas came out differently. */
export const stemOf = (lemma: string): string => (lemma.length > 4 ? lemma.replace(/(?:e|y|i)$/, "") : lemma);

/** True when one slip of the keyboard makes one word of the other: a letter changed, missing, doubled or swapped with its neighbour. */
export function isSlip(a: string, b: string): boolean {
  if (a === b || Math.abs(a.length - b.length) > 1 || Math.min(a.length, b.length) < 5 || a[0] !== b[0]) return false;
  let at = 0;
  while (at < a.length && a[at] === b[at]) at++;
  const restA = a.slice(at);
  const restB = b.slice(at);
  if (restA.slice(1) === restB.slice(1) || restA.slice(1) === restB || restA === restB.slice(1)) return true;
  return restA[0] === restB[1] && restA[1] === restB[0] && restA.slice(2) === restB.slice(2);
}
