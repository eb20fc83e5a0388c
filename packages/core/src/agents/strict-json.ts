const maxDepth = 64;
const token = /"(?:[^"\\]|\\.)*"|[{}[\]:]/gs;

/** What makes a text of JSON unsafe to read although a parser would take it: too deep, a key twice, or a key that is no data. */
function structureProblem(text: string): string | undefined {
  const open: (Set<string> | undefined)[] = [];
  let last: string | undefined;
  for (const [found] of text.matchAll(token)) {
    if (found === "{" || found === "[") {
      open.push(found === "{" ? new Set() : undefined);
      if (open.length > maxDepth) return `they are nested more than ${maxDepth} levels deep`;
    } else if (found === "}" || found === "]") open.pop();
    else if (found === ":" && last !== undefined) {
      const keys = open.at(-1);
      if (last === "__proto__") return `the key "__proto__" is not data`;
      if (keys?.has(last)) return `the key ${JSON.stringify(last)} is there twice`;
      keys?.add(last);
    }
    last = found.startsWith('"') ? decoded(found) : undefined;
  }
  return undefined;
}

function decoded(literal: string): string {
  try {
    return String(JSON.parse(literal));
  } catch {
    return literal;
  }
}

/** JSON read strictly: syntax, depth, keys. Answers what is wrong in words instead of throwing. */
export function strictJson(text: string): { readonly value: unknown } | { readonly problem: string } {
  const problem = structureProblem(text);
  if (problem !== undefined) return { problem };
  try {
    return { value: JSON.parse(text) };
  } catch (error) {
    return { problem: (error as Error).message };
  }
}
