import { existsSync, readFileSync } from "node:fs";
import type { QueryType } from "@hydrogenai/core";

/** A question with the type it has. */
export interface Labelled {
  readonly text: string;
  readonly label: QueryType;
  /** Where it comes from: sources are left out of training as a whole. */
  readonly source: string;
  /** `core`, `join-agg`, or a hard one that begins with `hard`. */
  readonly slice: string;
}

export const labels: readonly QueryType[] = ["simple", "complex", "rag", "schema", "tool"];

function asLabelled(line: string, at: string): Labelled {
  const { text, label, source = "file", slice = "core" } = JSON.parse(line) as Partial<Labelled>;
  if (typeof text !== "string" || label === undefined || !labels.includes(label))
    throw new Error(`${at}: needs a text and a label out of ${labels.join(", ")}`);
  return { text, label, source, slice };
}

/** Reads one labelled question a line; undefined where the file is absent. */
export function readLabelled(file: string): readonly Labelled[] | undefined {
  if (!existsSync(file)) return undefined;
  return readFileSync(file, "utf8")
    .split("\n")
    .flatMap((line, index) => (line.trim() === "" ? [] : [asLabelled(line, `${file}:${index + 1}`)]));
}
