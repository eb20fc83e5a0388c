import { type Collection, type Field, isNumeric } from "./catalog.ts";
import { type ChosenField, Unplannable } from "./context.ts";
import { dated, type Reading } from "./reading.ts";
import { nameWords, root } from "./words.ts";

/** Words of the names of dates something begins with. */
const beginnings: ReadonlySet<string> = new Set(
  "create open order place report request receive start begin admit arrive issue submit raise enter register enroll borrow rent post"
    .split(" ")
    .map(root),
);
/** What is named otherwise at its end than by the verb. */
const endings: Readonly<Record<string, readonly string[]>> = {
  stay: ["discharge", "leave", "left", "depart", "checkout", "end"],
  last: ["end", "finish", "complete", "close"],
};

interface Asked {
  /** The unit of the verb or of the first of two dates. */
  readonly at: number;
  /** Units that only ask. */
  readonly used: readonly number[];
}

const wordAt = (r: Reading, index: number): string => r.at(index)?.words.join(" ") ?? "";
const datesOf = ({ fields }: Collection): readonly Field[] => fields.filter(dated);
const isNamed = (field: Field, roots: ReadonlySet<string>): boolean => nameWords(field.name).some((word) => roots.has(root(word)));

const told: ReadonlySet<string> = new Set("duration elapsed time length minute hour day week".split(" "));

/** A column says it: nothing is to be worked out from dates. */
const saysDuration = ({ fields }: Collection): boolean =>
  fields.some((field) => isNumeric(field) && nameWords(field.name).some((word) => told.has(word)));

type Function = "avg" | "median" | "max" | "min";

/** Which of the times is asked for by the word here. */
function functionAt(r: Reading, index: number): Function | undefined {
  if (/^(longest|slowest)$/.test(wordAt(r, index))) return "max";
  if (/^(shortest|fastest|quickest)$/.test(wordAt(r, index))) return "min";
  return (["median", "max", "min", "avg"] as const).find((fn) => r.has(index, fn));
}

const asks = /^(does|do|did|it|takes?|took|is|was|are|were|usually|typically|normally|on average|needed|until|till|of|to)$/;

/** "How long does it take to close", "how long do patients stay", "how many days does it take to ship", "the average time to deliver". */
function askedAt(r: Reading): Asked | undefined {
  for (const [index, unit] of r.units.entries()) {
    if (r.used[index]) continue;
    const isHowLong = unit.how !== undefined && unit.words.join(" ") === "how long";
    const isHowMany = unit.ops.has("how-many") && /^days?$/.test(wordAt(r, index + 1));
    const isTime = /^(times?|duration|length|days?)$/.test(wordAt(r, index));
    if (isTime && functionAt(r, index - 2) !== undefined && endBy(r, wordAt(r, index - 1)) !== undefined)
      // "Average closing time".
      return { at: index - 1, used: [index - 2, index] };
    if (!isHowLong && !isHowMany && !(isTime && functionAt(r, index - 1) !== undefined)) continue;
    const used = isHowMany ? [index, index + 1] : isTime ? [index - 1, index] : [index];
    let at = (used.at(-1) ?? index) + 1;
    while (asks.test(wordAt(r, at))) used.push(at++);
    return { at, used };
  }
  return undefined;
}

/** "Which agent takes longest to close": those who take the longest, by their average. */
function readSlowest(r: Reading): boolean {
  const index = r.units.findIndex((_, at) => /^(takes?|took|needs?)$/.test(wordAt(r, at)));
  const extremeAt = [index + 1, index + 2].find((at) => /^(the )?(longest|shortest)$/.test(wordAt(r, at)));
  if (index < 1 || extremeAt === undefined) return false;
  const verbAt = [extremeAt + 1, extremeAt + 2, extremeAt + 3].find((at) => endBy(r, wordAt(r, at)) !== undefined);
  if (verbAt === undefined) throw new Unplannable("it does not say how long what takes");
  const { start, end } = ends(r, endBy(r, wordAt(r, verbAt))!);
  const by = { kind: "aggregate", fn: "avg", chosen: chosenOf(r, end), since: chosenOf(r, start) } as const;
  for (let at = index; at <= verbAt; at++) if (!r.isValue(at)) r.use(at);
  for (const at of [verbAt + 1, verbAt + 2]) if (r.entity(at) === r.context.main) r.use(at);
  for (const [at] of r.units.entries()) if (!r.used[at] && r.has(at, "avg")) r.use(at);
  r.rank = { direction: wordAt(r, extremeAt).endsWith("longest") ? "desc" : "asc", by };
  return true;
}

const chosenOf = (r: Reading, field: Field): ChosenField => ({ collection: r.context.main, field, score: 1 });

/** The date the verb names: `closedAt` for "close". */
function endBy(r: Reading, verb: string): Field | undefined {
  const roots = new Set([verb, ...(Object.hasOwn(endings, verb) ? (endings[verb] ?? []) : [])].map(root));
  const found = datesOf(r.context.main).filter((field) => isNamed(field, roots));
  return found.length === 1 ? found[0] : undefined;
}

/** From when to when: "open" begins what "close" ends. */
function ends(r: Reading, named: Field): { readonly start: Field; readonly end: Field } {
  const others = datesOf(r.context.main).filter((field) => field !== named);
  const isStart = isNamed(named, beginnings);
  const fitting = others.filter((field) => isNamed(field, beginnings) !== isStart);
  const [other] = fitting.length > 0 ? fitting : others;
  if (other === undefined || (fitting.length !== 1 && others.length !== 1))
    throw new Unplannable(
      `it does not say from when to when, beside ${named.name}`,
      others.map(({ name }) => name),
    );
  return isStart ? { start: named, end: other } : { start: other, end: named };
}

/** How long something takes: the days from one date of a row to another. On average, unless another measure of them is named. */
export function readDurations(r: Reading): void {
  const { main, notes } = r.context;
  if (datesOf(main).length < 2 || saysDuration(main)) return;
  if (readSlowest(r)) return;
  const asked = askedAt(r);
  if (asked === undefined) return;
  // Who or what takes it may stand before the verb.
  const verbAt = [asked.at + 2, asked.at + 1, asked.at].find((at) => endBy(r, wordAt(r, at)) !== undefined);
  if (verbAt === undefined) return;
  const { start, end } = ends(r, endBy(r, wordAt(r, verbAt))!);
  const fnAt = r.units.findIndex((_, index) => functionAt(r, index) !== undefined);
  r.use(...asked.used, verbAt, ...(fnAt === -1 ? [] : [fnAt]));
  for (let at = asked.at; at < verbAt; at++) if (!r.isValue(at)) r.use(at);
  for (const at of [verbAt + 1, verbAt + 2]) if (r.entity(at) === main && r.at(at + 1)?.number === undefined) r.use(at);
  if (fnAt === -1) notes.push({ field: end.name, text: "how long is said on average" });
  r.wanted = { kind: "aggregate", fn: functionAt(r, fnAt) ?? "avg", chosen: chosenOf(r, end), since: chosenOf(r, start) };
}
