import { type Question, asFraction, list, other, ranking, simple, table } from "../question.ts";
import { type Row, best, count, find, highest, jsonAt, known, meanOf, num, per, perGroup, rowsAt, str, where } from "../rows.ts";

type Cards = Readonly<Record<"cards" | "sets" | "rarities", readonly Row[]>>;

/** A trading card game: cards, the sets they came in, and how rare they are. Sets and rarities are keyed objects in the package, rows here. */
export function readCards(): Cards {
  const series = jsonAt(import.meta.resolve("pokemon-tcg-pocket-database/dist/sets.json")) as Record<
    string,
    (Row & { name: Record<string, string> })[]
  >;
  const rarities = jsonAt(import.meta.resolve("pokemon-tcg-pocket-database/dist/rarities.json")) as Record<string, Row>;
  return {
    cards: rowsAt(import.meta.resolve("pokemon-tcg-pocket-database/dist/cards.extra.json")),
    sets: Object.entries(series).flatMap(([letter, sets]) => sets.map((set) => ({ ...set, series: letter, name: set.name["en"] }))),
    rarities: Object.entries(rarities).map(([code, rarity]) => ({ code, ...rarity })),
  };
}

const setOf = (d: Cards, card: Row): Row => find(d.sets, "code", card["set"]);
const setName = (d: Cards) => (card: Row) => str(setOf(d, card), "name");
const rarityOf = (d: Cards, card: Row): Row => find(d.rarities, "code", card["rarity"]);
const labelled = (d: Cards, label: string): readonly Row[] => d.cards.filter((card) => rarityOf(d, card)["label"] === label);
const supporters = (d: Cards): readonly Row[] => where(d.cards, "type", "supporter");
const released = (set: Row): string => str(set, "releaseDate").slice(0, 4);
const commonPercent = (d: Cards): number => (100 * labelled(d, "Common").length) / d.cards.length;

const largestSets = (d: Cards, cards: readonly Row[]) =>
  ranking(
    highest(
      [...Map.groupBy(cards, (card) => setOf(d, card))].map(([set, inSet]): [Row, number] => [set, inSet.length]),
      3,
    ).map(([set, n]) => [[str(set, "name"), str(set, "code")], n]),
  );

export const cardQuestions: readonly Question<Cards>[] = [
  simple("How many cards are there?", (d) => d.cards.length),
  simple("how many sets does series B have", (d) => where(d.sets, "series", "B").length),
  simple("When was Mythical Island released?", (d) => str(find(d.sets, "name", "Mythical Island"), "releaseDate")),
  simple("Count the supporter cards", (d) => supporters(d).length),
  simple("Which set has the highest card count?", (d) =>
    str(
      best(known(d.sets, "count"), (s) => num(s, "count")),
      "name",
    ),
  ),
  simple(
    "How many cards are named Pikachu?",
    (d) => where(d.cards, "name", "Pikachu").length,
    (d) => d.cards.filter((c) => str(c, "name").includes("Pikachu")).length,
  ),
  simple("How many points is a Crown Rare worth?", (d) => num(find(d.rarities, "label", "Crown Rare"), "points")),
  simple("Which rarities can't be traded?", (d) =>
    list(where(d.rarities, "tradeable", false).map((r) => [str(r, "label"), str(r, "code")])),
  ),
  simple("How many cards evolve from Eevee?", (d) => where(d.cards, "evolvesFrom", "Eevee").length),
  simple("sets that came out in 2025", (d) =>
    list(d.sets.filter((s) => released(s) === "2025").map((s) => [str(s, "name"), str(s, "code")])),
  ),

  other("How many cards are there of each rarity?", (d) =>
    table(
      [...Map.groupBy(d.cards, (c) => rarityOf(d, c))].map(([rarity, cards]) => [
        [str(rarity, "label"), str(rarity, "code")],
        cards.length,
      ]),
    ),
  ),
  other("What are the 5 most frequent card names?", (d) => ranking(highest(per(d.cards, "name", count), 5))),
  other(
    "How many cards in Space-Time Smackdown are Art Rare?",
    (d) => labelled(d, "Art Rare").filter((c) => setName(d)(c) === "Space-Time Smackdown").length,
  ),
  other("number of supporter cards in each series", (d) => table(perGroup(supporters(d), (c) => str(setOf(d, c), "series"), count))),
  other("Are there sets without any cards? Which ones?", (d) => {
    const used = new Set(d.cards.map((c) => c["set"]));
    return list(d.sets.filter((s) => !used.has(s["code"])).map((s) => [str(s, "name"), str(s, "code")]));
  }),
  other("Which sets have more than 15 supporter cards?", (d) =>
    list(
      [...Map.groupBy(supporters(d), (c) => setOf(d, c))]
        .filter(([, cards]) => cards.length > 15)
        .map(([set]) => [str(set, "name"), str(set, "code")]),
    ),
  ),
  other("What percentage of all cards are Common?", commonPercent, asFraction(commonPercent)),
  other("How many sets were released per year?", (d) =>
    table(perGroup(d.sets, released, count).map(([year, n]) => [[year, `${year}-01-01`], n])),
  ),
  other("average points per rarity group", (d) => table(per(d.rarities, "group", meanOf("points")))),
  other(
    "Top 3 sets by number of Shiny cards",
    (d) => largestSets(d, labelled(d, "Shiny")),
    // There is also a group of rarities of that name.
    (d) =>
      largestSets(
        d,
        d.cards.filter((card) => rarityOf(d, card)["group"] === "Shiny"),
      ),
  ),
];
