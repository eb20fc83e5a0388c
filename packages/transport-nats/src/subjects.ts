import { createHash } from "node:crypto";
import { OrchestratorError } from "@hydrogenai/core";

const longest = 120;

/**
 * Any text as one safe word of a subject, a name or a header: letters, digits, `_` and `-` stand for themselves, every other
 * UTF-16 unit becomes `=` and four hex digits, no text becomes `=`, and long text becomes `==` and its SHA-256.
 * Different texts give different words (as far as SHA-256 does), and no word holds a wildcard, a dot, a space or a line break.
 */
export function word(text: string): string {
  if (text === "") return "=";
  const escaped = /^[\w-]+$/.test(text) ? text : text.replace(/[^\w-]/g, (unit) => `=${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
  return escaped.length <= longest ? escaped : `==${createHash("sha256").update(text, "utf16le").digest("hex")}`;
}

/** Longest subject of an event type; the servers read a line of 4096 bytes. */
const longestType = 2_000;

/** The subject for a dotted event type. */
export function typeSubject(base: string, type: string): string {
  const subject = `${base}.${type.split(".").map(word).join(".")}`;
  if (subject.length > longestType) throw new OrchestratorError("CONFIG_INVALID", `an event type of ${type.length} characters is too long`);
  return subject;
}

/** The subject filter for a pattern of event types: `*` is one dotted word, a final `>` one or more. Throws `CONFIG_INVALID` for anything else. */
export function patternSubject(base: string, pattern: string): string {
  const words = pattern.split(".");
  const last = words.length - 1;
  const valid = words.every((each, index) => each === "*" || (each === ">" && index === last) || /^[^*>\s]+$/.test(each));
  if (!valid || pattern.length > longestType)
    throw new OrchestratorError("CONFIG_INVALID", `${JSON.stringify(pattern)} is not a pattern of event types`);
  return `${base}.${words.map((each) => (each === "*" || each === ">" ? each : word(each))).join(".")}`;
}

/** A short name for several texts together; different lists give different names. */
export const nameOf = (...texts: readonly string[]): string =>
  createHash("sha256").update(JSON.stringify(texts)).digest("hex").slice(0, 32);
