import { globSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import type { Labelled } from "./rows.ts";

const folder = join(import.meta.dirname, "written");

/** Questions written for training, in files that begin with their type; a heading in a file stands for a source of its own. */
export function ownQuestions(): readonly Labelled[] {
  return globSync("*.txt", { cwd: folder })
    .toSorted()
    .flatMap((file) => {
      const label = basename(file, ".txt").split("-")[0];
      let source = "";
      return readFileSync(join(folder, file), "utf8")
        .split("\n")
        .flatMap((line) => {
          if (line.startsWith("#")) source = `own: ${line.slice(2)}`;
          return line === "" || line.startsWith("#") ? [] : [{ text: line, label, source, slice: "core" } as Labelled];
        });
    });
}
