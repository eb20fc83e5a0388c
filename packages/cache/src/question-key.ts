import { hash } from "node:crypto";
import type { CacheQuestion } from "@hydrogenai/core";

/** White space is folded and Unicode composed; letters, case and symbols all count, so `C++` is never `C`. */
const normalise = (text: string): string => text.normalize("NFC").trim().replace(/\s+/g, " ");

interface Keys {
  readonly scope: string;
  readonly question: string;
}

/** A question is looked up, computed and stored under the same keys. */
const known = new WeakMap<CacheQuestion, Keys>();

function keysOf(question: CacheQuestion): Keys {
  const before = known.get(question);
  if (before !== undefined) return before;
  const { tenant, principal, roles, conversation, settings, dataVersion } = question.scope;
  const scope = JSON.stringify([tenant, principal, roles, conversation, settings, dataVersion]);
  const keys = { scope, question: JSON.stringify([scope, normalise(question.text)]) };
  known.set(question, keys);
  return keys;
}

/** Everything but the text and the type. Injective: a JSON array keeps its parts apart whatever they hold. */
export const scopeKey = (question: CacheQuestion): string => keysOf(question).scope;

/** The question in its scope; two questions have the same key only when all an answer may depend on is the same. */
export const questionKey = (question: CacheQuestion): string => keysOf(question).question;

/** Short, and tells nothing to whoever reads the names of a shared store. */
export const digest = (kind: string, key: string): string => `${kind}:${hash("sha256", key, "base64url")}`;
