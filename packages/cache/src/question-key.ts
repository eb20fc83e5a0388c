import { hash } from "node:crypto";
import type { CacheQuestion } from "@hydrogenai/core";

/** White space is folded and Unicode composed; letters, case and symbols all count, so `C++` is never `C`. */
const normalise = (text: string): string => text.normalize("NFC").trim().replace(/\s+/g, " ");

/** Everything but the text and the type. Injective: a JSON array keeps its parts apart whatever they hold. */
export function scopeKey({ scope }: CacheQuestion): string {
  const { tenant, principal, roles, conversation, settings, dataVersion } = scope;
  return JSON.stringify([tenant, principal, roles, conversation, settings, dataVersion]);
}

/** The question in its scope; two questions have the same key only when all an answer may depend on is the same. */
export const questionKey = (question: CacheQuestion): string => JSON.stringify([scopeKey(question), normalise(question.text)]);

/** Short, and tells nothing to whoever reads the names of a shared store. */
export const digest = (kind: string, key: string): string => `${kind}:${hash("sha256", key, "base64url")}`;
