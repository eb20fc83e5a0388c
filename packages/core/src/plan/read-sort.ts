import { wantedAt } from "./read-measures.ts";
import type { ChosenField } from "./context.ts";
import type { Reading } from "./reading.ts";

/** "sorted by price, descending". */
export function readSort(r: Reading): void {
  r.units.forEach((unit, index) => {
    if (r.used[index]) return;
    if (unit.ops.has("descending") || unit.ops.has("ascending")) {
      const direction = unit.ops.has("descending") ? "desc" : "asc";
      const hasBy = unit.words.at(-1) === "of" || r.at(index + 1)?.words[0] === "by";
      r.use(index);
      if (hasBy) readSortKey(r, index + 1, direction);
      else r.sort = { ...r.sort, direction };
    }
  });
  r.units.forEach((unit, index) => {
    if (r.used[index] || !unit.ops.has("order")) return;
    r.use(index);
    readSortKey(r, index + 1, r.sort?.direction ?? "asc");
  });
}

function readSortKey(r: Reading, start: number, direction: "asc" | "desc"): void {
  let place = start;
  while (r.plain(place) && !r.strong(place)) place++;
  const by = wantedAt(r, place) ?? plainKey(r, place);
  r.sort = { direction, by };
}

function plainKey(r: Reading, place: number): { kind: "field"; chosen: ChosenField } | undefined {
  const chosen = r.field(place);
  if (!chosen) return undefined;
  r.use(place);
  return { kind: "field", chosen };
}
