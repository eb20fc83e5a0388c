import { OrchestratorError } from "../errors.ts";

/**
 * Compiles a pattern of event types: `*` stands for one dotted word, a final `>` for one or more.
 * Throws `CONFIG_INVALID` for an empty word, a `>` before the end, or a wildcard inside a word.
 */
export function eventPattern(pattern: string): (type: string) => boolean {
  const words = pattern.split(".");
  const wrong = words.find(
    (word, index) => word === "" || (word === ">" && index < words.length - 1) || (word.length > 1 && /[*>\s]/.test(word)),
  );
  if (wrong !== undefined) throw new OrchestratorError("CONFIG_INVALID", `${JSON.stringify(pattern)} is not a pattern of event types`);
  const open = words.at(-1) === ">";
  const fixed = open ? words.slice(0, -1) : words;
  return (type) => {
    const parts = type.split(".");
    const longEnough = open ? parts.length > fixed.length : parts.length === fixed.length;
    return longEnough && fixed.every((word, index) => word === "*" || word === parts[index]);
  };
}
