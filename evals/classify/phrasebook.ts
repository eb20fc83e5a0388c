import { readFileSync } from "node:fs";
import { type Labelled, labels } from "./rows.ts";
import { randomFrom } from "./random.ts";

const domainSlots = ["things", "thing", "measure", "group", "value", "others", "other", "name"] as const;

const listOf = (text: string, separator: string): string[] => text.split(separator).map((part) => part.trim());

/** Writes questions out of the phrasebook: each template so many times, in the same way for the same seed. */
export function writtenQuestions(perTemplate: number, seed = 1): readonly Labelled[] {
  const random = randomFrom(seed);
  const pick = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)] as T;
  const domains: Record<string, string[]>[] = [];
  const slots = new Map<string, string[]>();
  const templates: { readonly label: Labelled["label"]; readonly template: string }[] = [];
  for (const line of readFileSync(new URL("phrasebook.txt", import.meta.url), "utf8").split("\n")) {
    const colon = line.indexOf(":");
    if (line.startsWith("#") || colon < 0) continue;
    const key = line.slice(0, colon);
    const rest = line.slice(colon + 1).trim();
    const label = labels.find((each) => each === key);
    if (label !== undefined) templates.push({ label, template: rest });
    else if (key === "domain")
      domains.push(Object.fromEntries(listOf(rest, "|").map((part, index) => [domainSlots[index] ?? "", listOf(part, ",")])));
    else slots.set(key, listOf(rest, "|"));
  }

  function write(template: string): string {
    const domain = pick(domains);
    let text = template;
    for (let round = 0; round < 8 && /[({]/.test(text); round++) {
      text = text.replace(/\(([^()]*)\)/g, (_, choices: string) => pick(choices.split("|")));
      text = text.replace(/\{(\w+)\}/g, (_, slot: string) => pick(domain[slot] ?? slots.get(slot) ?? [slot]));
    }
    return text.replace(/\s+/g, " ").trim();
  }
  return templates.flatMap(({ label, template }) =>
    Array.from({ length: perTemplate }, () => ({ text: write(template), label, source: "phrasebook", slice: "core" })),
  );
}
