import { type Question, asFraction, list, other, ranking, simple, table } from "../question.ts";
import {
  type Row,
  best,
  count,
  find,
  highest,
  mean,
  meanOf,
  num,
  numbers,
  per,
  perGroup,
  rowsAt,
  str,
  sumOf,
  top,
  where,
} from "../rows.ts";

type Fonts = Readonly<Record<"fonts", readonly Row[]>>;

/** The fonts of a directory of fonts: how many styles and scripts each has, and when it was last changed. */
export function readFonts(): Fonts {
  return {
    fonts: rowsAt(new URL("../data/api-response.json", import.meta.resolve("google-font-metadata"))).map((row) => {
      const variants = row["variants"] as readonly string[];
      const subsets = row["subsets"] as readonly string[];
      return {
        family: row["family"],
        category: row["category"],
        version: row["version"],
        lastModified: row["lastModified"],
        styles: variants.length,
        hasItalic: variants.some((variant) => variant.endsWith("italic")),
        scripts: subsets.length,
        mainScript: subsets.includes("latin") ? "latin" : subsets[0],
      };
    }),
  };
}

const named = (rows: readonly Row[]) => list(rows.map((row) => str(row, "family")));
const inCategory = (d: Fonts, category: string): readonly Row[] => where(d.fonts, "category", category);
const italic = (rows: readonly Row[]): readonly Row[] => where(rows, "hasItalic", true);
const day = (row: Row): string => str(row, "lastModified");
const italicPercent = (d: Fonts): number => (100 * italic(inCategory(d, "serif")).length) / inCategory(d, "serif").length;

export const fontQuestions: readonly Question<Fonts>[] = [
  simple("How many fonts are in the directory?", (d) => d.fonts.length),
  simple("How many handwriting fonts do you have?", (d) => inCategory(d, "handwriting").length),
  simple("When was Roboto last modified?", (d) => day(find(d.fonts, "family", "Roboto"))),
  simple("What category is Merriweather in?", (d) => str(find(d.fonts, "family", "Merriweather"), "category")),
  simple(
    "Which fonts have not been modified since 2024?",
    (d) => named(d.fonts.filter((f) => day(f) < "2024")),
    (d) => named(d.fonts.filter((f) => day(f) < "2025")),
  ),
  simple("list monospace fonts with at least 12 styles", (d) => named(inCategory(d, "monospace").filter((f) => num(f, "styles") >= 12))),
  simple("How many fonts have an italic?", (d) => italic(d.fonts).length),
  simple("What's the average number of styles of a serif font?", (d) => mean(numbers(inCategory(d, "serif"), "styles"))),
  simple("fonts whose family starts with Zen", (d) => named(d.fonts.filter((f) => str(f, "family").startsWith("Zen")))),
  simple("Which font supports the most scripts?", (d) =>
    str(
      best(d.fonts, (f) => num(f, "scripts")),
      "family",
    ),
  ),

  other("How many fonts are there in each category?", (d) => table(per(d.fonts, "category", count))),
  other("Which category has the most styles in total?", (d) => highest(per(d.fonts, "category", sumOf("styles")), 1)[0]![0]),
  other("What percentage of serif fonts have an italic?", italicPercent, asFraction(italicPercent)),
  other("number of fonts by year of last modification", (d) =>
    table(perGroup(d.fonts, (f) => day(f).slice(0, 4), count).map(([year, n]) => [[year, Number(year), `${year}-01-01`], n])),
  ),
  other("How many fonts were modified in each month of 2026?", (d) =>
    table(
      perGroup(
        d.fonts.filter((f) => day(f).startsWith("2026")),
        (f) => day(f).slice(0, 7),
        count,
      ).map(([month, n]) => [[month, `${month}-01`, Number(String(month).slice(5))], n]),
    ),
  ),
  other("Which versions are shared by more than 100 fonts?", (d) =>
    list(per(d.fonts, "version", count).flatMap(([version, n]) => (n > 100 ? [version] : []))),
  ),
  other("average number of styles per category, highest first", (d) =>
    ranking(highest(per(d.fonts, "category", meanOf("styles")), Infinity)),
  ),
  other(
    "Do serif or sans-serif fonts have more styles on average?",
    (d) => table(["serif", "sans-serif"].map((c) => [c, meanOf("styles")(inCategory(d, c))])),
    (d) =>
      highest(
        ["serif", "sans-serif"].map((c): [string, number] => [c, meanOf("styles")(inCategory(d, c))]),
        1,
      )[0]![0],
  ),
  other(
    "How many sans-serif fonts have more styles than scripts?",
    (d) => inCategory(d, "sans-serif").filter((f) => num(f, "styles") > num(f, "scripts")).length,
  ),
  other("top 3 display fonts by number of scripts", (d) =>
    ranking(top(inCategory(d, "display"), 3, (f) => num(f, "scripts")).map((f) => [str(f, "family"), num(f, "scripts")])),
  ),
];
