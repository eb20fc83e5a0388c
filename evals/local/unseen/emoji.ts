import { type Question, asFraction, list, other, ranking, simple, table } from "../question.ts";
import { type Row, count, find, highest, jsonAt, lowest, per, str, where } from "../rows.ts";

type Emoji = Readonly<Record<"emojis", readonly Row[]>>;

/** The emojis of Unicode, a row each. */
export function readEmoji(): Emoji {
  const byEmoji = jsonAt(import.meta.resolve("unicode-emoji-json/data-by-emoji.json")) as Record<string, Row>;
  return { emojis: Object.entries(byEmoji).map(([emoji, about]) => ({ emoji, ...about })) };
}

const named = (rows: readonly Row[]) => list(rows.map((row) => [str(row, "name"), str(row, "emoji")]));
const inGroup = (d: Emoji, group: string): readonly Row[] => where(d.emojis, "group", group);
const toned = (rows: readonly Row[]): readonly Row[] => where(rows, "skin_tone_support", true);
const tonedPercent = (d: Emoji): number => (100 * toned(inGroup(d, "People & Body")).length) / inGroup(d, "People & Body").length;
const version = (row: Row): number => Number(row["emoji_version"]);

export const emojiQuestions: readonly Question<Emoji>[] = [
  simple("How many emojis are flags?", (d) => inGroup(d, "Flags").length),
  simple("Which emoji is called hot pepper?", (d) => named(where(d.emojis, "name", "hot pepper"))),
  simple("What group does the tiger belong to?", (d) => str(find(d.emojis, "name", "tiger"), "group")),
  simple("How many emojis support skin tones?", (d) => toned(d.emojis).length),
  simple("What groups are there?", (d) => list([...new Set(d.emojis.map((e) => str(e, "group")))])),
  simple(
    "emojis with cat in the name",
    (d) => named(d.emojis.filter((e) => str(e, "name").includes("cat"))),
    (d) => named(d.emojis.filter((e) => /\bcats?\b/.test(str(e, "name")))),
  ),
  simple("How many emojis came with emoji version 17?", (d) => d.emojis.filter((e) => version(e) === 17).length),
  simple("list the food and drink emojis of version 13.0", (d) => named(inGroup(d, "Food & Drink").filter((e) => version(e) === 13))),
  simple("In which version did the yo-yo first appear?", (d) => version(find(d.emojis, "name", "yo-yo"))),
  simple("how many emoji names start with woman", (d) => d.emojis.filter((e) => str(e, "name").startsWith("woman")).length),

  other("How many emojis does each group have?", (d) => table(per(d.emojis, "group", count))),
  other("Which group has the fewest emojis?", (d) => lowest(per(d.emojis, "group", count), 1)[0]![0]),
  other("What share of the People & Body emojis supports skin tones?", tonedPercent, asFraction(tonedPercent)),
  other("emojis per emoji version, in order of the version", (d) =>
    ranking(
      per(d.emojis, "emoji_version", count)
        .toSorted((a, b) => Number(a[0]) - Number(b[0]))
        .map(([v, n]) => [[v, Number(v)], n]),
    ),
  ),
  other("Which versions brought more than 150 new emojis?", (d) =>
    list(per(d.emojis, "emoji_version", count).flatMap(([v, n]) => (n > 150 ? [[v, Number(v)]] : []))),
  ),
  other(
    "How many emojis that are not flags came after version 12?",
    (d) => d.emojis.filter((e) => e["group"] !== "Flags" && version(e) > 12).length,
  ),
  other("In which groups does no emoji support skin tones?", (d) =>
    list([...new Set(d.emojis.map((e) => str(e, "group")))].filter((group) => toned(inGroup(d, group)).length === 0)),
  ),
  other("How many more objects than activities are there?", (d) => inGroup(d, "Objects").length - inGroup(d, "Activities").length),
  other("top 3 groups by number of emojis that support skin tones", (d) => ranking(highest(per(toned(d.emojis), "group", count), 3))),
  other("What is the newest version in each group?", (d) => table(per(d.emojis, "group", (rows) => Math.max(...rows.map(version))))),
];
