import { OrchestratorError } from "@hydrogenai/core";

/** Compiles a pattern of event types: `*` is one dotted word, a final `>` one or more. Throws `CONFIG_INVALID` for anything else. */
export function eventPattern(pattern: string): (type: string) => boolean {
  const words = pattern.split(".");
  const last = words.length - 1;
  const valid = words.every((word, index) => word === "*" || (word === ">" && index === last) || /^[^*>\s]+$/.test(word));
  if (!valid) throw new OrchestratorError("CONFIG_INVALID", `${JSON.stringify(pattern)} is not a pattern of event types`);
  return (type) => {
    const parts = type.split(".");
    if (words[last] !== ">") return parts.length === words.length && words.every((word, index) => word === "*" || word === parts[index]);
    return parts.length >= words.length && words.every((word, index) => index === last || word === "*" || word === parts[index]);
  };
}
