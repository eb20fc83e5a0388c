import { type Question, asFraction, list, other, ranking, simple, table } from "../question.ts";
import {
  type Row,
  best,
  count,
  find,
  highest,
  known,
  mean,
  meanOf,
  num,
  numbers,
  per,
  perGroup,
  rowsAt,
  str,
  top,
  where,
} from "../rows.ts";

type Creatures = Readonly<Record<"pokemon" | "moves" | "items", readonly Row[]>>;
type Named = Readonly<{ name: string }>;

/** A game's creatures, their moves and the items in it, each a row of plain columns; of the forms of one creature the first. */
export function readCreatures(): Creatures {
  const creatures = rowsAt(import.meta.resolve("pokemongo-json-pokedex/output/pokemon.json")).map((row) => {
    const types = row["types"] as readonly Named[];
    const stats = row["stats"] as Row;
    return {
      dex: row["dex"],
      name: row["name"],
      type: types[0]!.name,
      second_type: types[1]?.name ?? null,
      family: (row["family"] as Named).name,
      height: row["height"],
      weight: row["weight"],
      max_cp: row["maxCP"],
      buddy_distance_km: row["kmBuddyDistance"],
      attack: stats["baseAttack"],
      defense: stats["baseDefense"],
      stamina: stats["baseStamina"],
    };
  });
  return {
    pokemon: creatures.filter((row, at) => creatures.findIndex((other) => other.dex === row.dex) === at),
    moves: rowsAt(import.meta.resolve("pokemongo-json-pokedex/output/move.json")).map((row) => ({
      name: row["name"],
      type: (row["pokemonType"] as Named).name,
      power: row["power"] ?? null,
      critical_chance: row["criticalChance"] ?? null,
      duration_ms: row["durationMs"],
      energy: row["energyDelta"] ?? null,
    })),
    items: rowsAt(import.meta.resolve("pokemongo-json-pokedex/output/item.json")).map((row) => ({
      name: row["name"],
      category: (row["category"] as Named).name,
      unlock_level: row["dropTrainerLevel"] ?? null,
    })),
  };
}

const ofType = (d: Creatures, type: string): readonly Row[] => where(d.pokemon, "type", type);
const names = (rows: readonly Row[]) => list(rows.map((row) => str(row, "name")));
const dual = (d: Creatures): number => (100 * known(d.pokemon, "second_type").length) / d.pokemon.length;

export const creatureQuestions: readonly Question<Creatures>[] = [
  simple("How many pokemon are there?", (d) => d.pokemon.length),
  simple("What is the heaviest pokemon?", (d) =>
    str(
      best(known(d.pokemon, "weight"), (p) => num(p, "weight")),
      "name",
    ),
  ),
  simple("how much does Snorlax weigh?", (d) => num(find(d.pokemon, "name", "Snorlax"), "weight")),
  simple("List all pokemon with an attack above 290", (d) => names(d.pokemon.filter((p) => num(p, "attack") > 290))),
  simple("average max CP of dragon pokemon", (d) => mean(numbers(ofType(d, "Dragon"), "max_cp"))),
  simple("How many moves take longer than 3 seconds?", (d) => d.moves.filter((m) => num(m, "duration_ms") > 3000).length),
  simple("Which moves have a power of at least 150?", (d) => names(known(d.moves, "power").filter((m) => num(m, "power") >= 150))),
  simple("At what level is the Max Potion unlocked?", (d) => num(find(d.items, "name", "Max Potion"), "unlock_level")),
  simple("How many pokemon don't have a second type?", (d) => where(d.pokemon, "second_type", null).length),
  simple("What are the five tallest pokemon?", (d) =>
    ranking(top(known(d.pokemon, "height"), 5, (p) => num(p, "height")).map((p) => [str(p, "name"), num(p, "height")])),
  ),

  other("How many pokemon are there of each type?", (d) => table(per(d.pokemon, "type", count))),
  other("Which type has the highest average defense?", (d) => highest(per(d.pokemon, "type", meanOf("defense")), 1)[0]![0]),
  other("strongest pokemon by attack in each type", (d) =>
    table(
      [...Map.groupBy(d.pokemon, (p) => p["type"])].map(([type, rows]) => [
        String(type),
        str(
          best(rows, (p) => num(p, "attack")),
          "name",
        ),
      ]),
    ),
  ),
  other("What percentage of the pokemon has a second type?", dual, asFraction(dual)),
  other("Which families have at least 5 members?", (d) => list(per(d.pokemon, "family", count).flatMap(([f, n]) => (n >= 5 ? [f] : [])))),
  other("average power of the moves by type, highest first", (d) =>
    ranking(highest(per(known(d.moves, "power"), "type", meanOf("power")), Infinity)),
  ),
  other("Which pokemon have more defense than attack and a stamina over 220?", (d) =>
    names(d.pokemon.filter((p) => num(p, "defense") > num(p, "attack") && num(p, "stamina") > 220)),
  ),
  other(
    "Is the average attack of fire or of water pokemon higher?",
    (d) => table(["Fire", "Water"].map((type) => [type, mean(numbers(ofType(d, type), "attack"))])),
    (d) =>
      highest(
        [
          ["Fire", mean(numbers(ofType(d, "Fire"), "attack"))],
          ["Water", mean(numbers(ofType(d, "Water"), "attack"))],
        ] as [string, number][],
        1,
      )[0]![0],
  ),
  other("number of items in each category except Medicine", (d) =>
    table(
      perGroup(
        d.items.filter((i) => i["category"] !== "Medicine"),
        (i) => str(i, "category"),
        count,
      ),
    ),
  ),
  other(
    "How many moves have more power than average?",
    (d) => known(d.moves, "power").filter((m) => num(m, "power") > mean(numbers(d.moves, "power"))).length,
  ),
];
