import type { OutputGuard, Pattern, Span } from "./output-guard.ts";
import { patternGuard } from "./output-guard.ts";

/** Keys whose form is known. */
const keyPatterns: readonly Pattern[] = [
  {
    name: "key",
    whole:
      /\b(?:sk|pk|rk)[-_][A-Za-z0-9_-]{16,}|\bgh[pousr]_[A-Za-z0-9]{20,}|\bxox[abprs]-[A-Za-z0-9-]{10,}|\bgsk_[A-Za-z0-9]{20,}|\bAKIA[A-Z0-9]{16}\b|\bAIza[A-Za-z0-9_-]{30,}/g,
    beginning: /[A-Za-z0-9_-]+$/,
  },
  { name: "token", whole: /\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*/g, beginning: /\bey?J?[A-Za-z0-9_.-]*$/ },
  {
    name: "private key",
    whole: /-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]{0,40}PRIVATE KEY-----|$)/g,
    beginning:
      /-{1,5}$|-----B[A-Z ]{0,60}-{0,4}$|-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----(?:(?!-----END [A-Z ]{0,40}PRIVATE KEY-----)[\s\S])*$/,
  },
];

const minChars = 8;

/** The text itself and the usual disguises a model could be told to use. */
function formsOf(secret: string): string[] {
  const bytes = Buffer.from(secret);
  const forms = [secret, encodeURIComponent(secret), bytes.toString("base64"), bytes.toString("base64url"), bytes.toString("hex")];
  return [...new Set([...forms, secret.split("").toReversed().join("")])];
}

/** Finds texts as they are, and holds back a beginning of any of them. */
function literalGuard(name: string, literals: readonly string[], instead: string): OutputGuard {
  const known = literals.filter((literal) => literal.length >= minChars).sort((a, b) => b.length - a.length);
  const longest = known[0]?.length ?? 0;
  return {
    name,
    tools: true,
    find(text) {
      const spans: Span[] = [];
      for (const literal of known)
        for (let at = text.indexOf(literal); at !== -1; at = text.indexOf(literal, at + literal.length))
          spans.push({ start: at, end: at + literal.length, instead });
      return spans;
    },
    openFrom(text) {
      for (let from = Math.max(0, text.length - longest + 1); from < text.length; from++) {
        const tail = text.slice(from);
        if (known.some((literal) => literal.length > tail.length && literal.startsWith(tail))) return from;
      }
      return text.length;
    },
  };
}

/** Secrets that must never leave: those given (8 characters or more, also encoded or reversed), and keys, tokens and private keys by their form. */
export function secretGuard({ secrets = [] }: { readonly secrets?: readonly string[] | undefined } = {}): OutputGuard {
  const forms = patternGuard("secrets", keyPatterns, true);
  const given = literalGuard("secrets", secrets.flatMap(formsOf), "[secret removed]");
  return {
    name: "secrets",
    tools: true,
    find: (text) => [...given.find(text), ...forms.find(text)],
    openFrom: (text) => Math.min(given.openFrom(text), forms.openFrom(text)),
  };
}

const minInstructionChars = 32;

/** What a model was told about itself and should not tell: the sentences of its system message, up to the first fenced data. */
export function instructionsGuard(): OutputGuard {
  const none = literalGuard("instructions", [], "");
  return {
    ...none,
    forRequest({ messages }) {
      const told = messages.flatMap((message) => (message.role === "system" ? [message.content.split(/^<[a-z-]+>$/m)[0]!] : []));
      const lines = told.flatMap((text) => text.split(/\n+|(?<=[.!?:])\s+/)).map((line) => line.trim());
      return literalGuard(
        "instructions",
        lines.filter((line) => line.length >= minInstructionChars),
        "[instructions removed]",
      );
    },
  };
}
