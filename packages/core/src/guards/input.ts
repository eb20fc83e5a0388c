import { OrchestratorError } from "../errors.ts";
import type { Json } from "../ports/json.ts";
import type { Guard, Query } from "../ports/query.ts";
import { type OutputGuard, patternGuard } from "./output-guard.ts";
import { personalPatterns } from "./personal.ts";

function reject(rule: string, message: string): never {
  throw new OrchestratorError("QUERY_REJECTED", message, { details: { rule } });
}

/** Every text of a value, its keys too. */
function textsOf(value: Json | undefined): string[] {
  if (typeof value === "string") return [value];
  if (typeof value !== "object" || value === null) return [];
  if (Array.isArray(value)) return value.flatMap(textsOf);
  return Object.entries(value).flatMap(([key, inner]) => [key, ...textsOf(inner)]);
}

const textsIn = ({ text, context }: Query): string[] => [text, ...textsOf(context)];

/** As a reader sees it: compatible letters made one, and what cannot be seen left out. */
const plain = (text: string): string => text.normalize("NFKC").replace(/[\p{Cf}\u034f\ufe00-\ufe0f]/gu, "");

/** What base64 in a text says, where it says something readable. */
function decoded(text: string): string[] {
  return [...text.matchAll(/[A-Za-z0-9+/_-]{16,}={0,2}/g)].flatMap(([found]) => {
    const read = Buffer.from(found, "base64").toString();
    return /^[\p{L}\p{N}\p{P}\p{S}\p{Zs}\s]{12,}$/u.test(read) ? [read] : [];
  });
}

const injections: readonly (readonly [rule: string, pattern: RegExp])[] = [
  [
    "override",
    /\b(?:ignore|disregard|forget|override|bypass)\b[^.!?\n]{0,40}\b(?:previous|prior|above|earlier|preceding|all|your|system)\b[^.!?\n]{0,40}\b(?:instructions?|prompts?|rules?|messages?|guidelines?|directions?|context)\b/i,
  ],
  ["override", /\b(?:new|updated|real) (?:system )?instructions? ?(?::|follow|are)/i],
  [
    "prompt",
    /\b(?:reveal|print|show|repeat|output|tell me|give me|what is|leak)\b[^.!?\n]{0,40}\b(?:system prompt|hidden prompt|initial instructions|your instructions)\b/i,
  ],
  [
    "role",
    /<\/?(?:system|assistant|tool|tool_result|developer)>|<\|(?:im_start|im_end|system|endoftext)\|>|\[\/?INST\]|\[\[?(?:ADMIN|SYSTEM)\]\]?|^\s*(?:system|assistant) ?:/im,
  ],
  [
    "persona",
    /\byou are (?:now|no longer)\b[^.!?\n]{0,60}\b(?:dan|jailbroken|unrestricted|without (?:any )?(?:rules|restrictions|limits)|developer mode|an? ai)\b/i,
  ],
  ["note", /\bnote to the (?:assistant|ai|model|llm)\b/i],
];

/**
 * Rejects questions that carry the usual patterns of prompt injection, also in disguise (invisible letters, base64). It knows patterns, no
 * meaning: what tools may do is decided by roles and approvals, whatever was asked.
 */
export const injectionGuard = (): Guard => (query) => {
  for (const text of textsIn(query)) {
    const seen = plain(text);
    for (const form of [seen, ...decoded(seen)])
      for (const [rule, pattern] of injections)
        if (pattern.test(form)) reject(`injection.${rule}`, "the question reads like an attempt to change what the assistant was told");
  }
};

/** Rejects questions and contexts larger than this. */
export const sizeGuard = ({
  maxChars = 4_000,
  maxContextChars = 65_536,
}: { readonly maxChars?: number; readonly maxContextChars?: number } = {}): Guard => {
  return ({ text, context }) => {
    if (text.length > maxChars) reject("size.text", `the question has ${text.length} characters; at most ${maxChars} are taken`);
    if (context !== undefined && JSON.stringify(context).length > maxContextChars)
      reject("size.context", `the context has more than ${maxContextChars} characters`);
  };
};

const operators = /(?:^|[^\p{L}\p{N}_$])\$(?:where|function|accumulator|out|merge|expr)\b/iu;

/** Rejects questions and contexts that carry operators of a database which run code or write. */
export const operatorGuard = (): Guard => (query) => {
  for (const text of textsIn(query))
    if (operators.test(plain(text))) reject("operators", "the question carries an operator that is not taken");
};

const personal = patternGuard("pii", personalPatterns);

/** Data about persons that has a form: as a guard it rejects a question that holds some, as an output guard it removes them from answers. */
export function piiGuard(): Guard & OutputGuard {
  const guard: Guard = (query) => {
    for (const text of textsIn(query)) {
      const [found] = personal.find(plain(text));
      if (found !== undefined) reject("pii", `the question holds data about a person: ${found.instead}`);
    }
  };
  Object.defineProperty(guard, "name", { value: "pii" });
  return Object.assign(guard, { find: personal.find, openFrom: personal.openFrom });
}
