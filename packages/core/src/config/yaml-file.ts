import { LineCounter, type Document, type Node, isAlias, isMap, isNode, isPair, isScalar, parseDocument, visit } from "yaml";
import type { z } from "zod";

/** Something wrong with a file, and where; line and column count from 1. */
export interface FileProblem {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly message: string;
}

/** A problem on one line: `flows/look-up.yaml:3:5 steps.0.tool: …`. */
export const problemText = ({ file, line, column, message }: FileProblem): string => `${file}:${line}:${column} ${message}`;

/** A file that was read, and how to say what is wrong at a place of it. */
export interface YamlFile {
  readonly value: unknown;
  readonly problemAt: (path: readonly PropertyKey[], message: string) => FileProblem;
}

/** Characters of a file. A parser of YAML takes seconds for what is a few times as large. */
export const maxFileChars = 65_536;
const maxDepth = 64;
const maxProblems = 20;

/** Levels that brackets open, and the longest run of nested list or key marks on a line; both before anything is parsed. */
function tooDeep(text: string): boolean {
  let depth = 0;
  let marks = 0;
  for (const char of text) {
    if (char === "[" || char === "{") depth++;
    else if (char === "]" || char === "}") depth--;
    if (char === "-" || char === "?" || char === ":") marks++;
    else if (char !== " ") marks = 0;
    if (depth > maxDepth || marks > maxDepth) return true;
  }
  return false;
}

// C0 controls other than tab and the ends of lines.
// oxlint-disable-next-line no-control-regex -- finding control characters is the purpose
const controls = /[\u0000-\u0008\u000b\u000c\u000e-\u001f]/;

/** What YAML allows and such a file does not: aliases, tags of one's own, keys that are no text, the same key twice, control characters. */
function problemsIn(document: Document.Parsed): { readonly node: unknown; readonly message: string }[] {
  const problems: { node: unknown; message: string }[] = [];
  visit(document, (_key, node) => {
    if (isAlias(node)) problems.push({ node, message: "aliases are not taken here: write it out" });
    else if (isScalar(node) && typeof node.value === "string" && controls.test(node.value))
      problems.push({ node, message: "a text contains control characters" });
    else if (isMap(node)) {
      const seen = new Set<string>();
      for (const { key } of node.items) {
        const name = isScalar(key) ? key.value : undefined;
        if (typeof name !== "string") problems.push({ node: key, message: "a key must be text" });
        else if (name === "__proto__") problems.push({ node: key, message: "this is not a key" });
        else if (seen.has(name)) problems.push({ node: key, message: `the key ${name} is there twice` });
        else seen.add(name);
      }
    }
    return undefined;
  });
  return problems;
}

/** The node a path leads to, or the nearest one around it; a key of a map is found at the key itself. */
function nodeAt(document: Document.Parsed, path: readonly PropertyKey[]): unknown {
  let node: unknown = document.contents;
  for (const key of path) {
    if (isMap(node)) {
      const pair = node.items.find((item) => isScalar(item.key) && item.key.value === key);
      if (pair === undefined) return node;
      node = isNode(pair.value) && !(isScalar(pair.value) && pair.value.value === null) ? pair.value : pair.key;
    } else {
      const inner: unknown = (node as { items?: readonly unknown[] } | null)?.items?.[Number(key)];
      if (inner === undefined) return node;
      node = isPair(inner) ? inner.key : inner;
    }
  }
  return node;
}

/** Reads YAML strictly: one document of plain data, small, flat, without aliases. Answers what is wrong instead of throwing. */
export function readYaml(file: string, text: string): YamlFile | { readonly problems: readonly FileProblem[] } {
  const counter = new LineCounter();
  const at = (offset: number, message: string): FileProblem => {
    const { line, col } = counter.linePos(offset);
    return { file, line: Math.max(1, line), column: Math.max(1, col), message };
  };
  if (text.length > maxFileChars)
    return { problems: [{ file, line: 1, column: 1, message: `the file has more than ${maxFileChars} characters` }] };
  if (tooDeep(text)) return { problems: [{ file, line: 1, column: 1, message: `the file is nested more than ${maxDepth} levels deep` }] };
  try {
    // Our own check for keys takes linear time; the library's is quadratic.
    const document = parseDocument(text, { lineCounter: counter, uniqueKeys: false, prettyErrors: false, version: "1.2", merge: false });
    const offsetOf = (node: unknown): number => (node as Node | null)?.range?.[0] ?? 0;
    const problems = [
      ...[...document.errors, ...document.warnings].map(({ pos, message }) => at(pos[0], message.split("\n")[0]!)),
      ...(document.errors.length > 0 ? [] : problemsIn(document).map(({ node, message }) => at(offsetOf(node), message))),
    ];
    if (problems.length > 0) return { problems: problems.slice(0, maxProblems) };
    if (document.contents === null) return { problems: [at(0, "the file is empty")] };
    return {
      value: document.toJS({ maxAliasCount: 0 }),
      problemAt: (path, message) =>
        at(offsetOf(nodeAt(document, path)), path.length === 0 ? message : `${path.map(String).join(".")}: ${message}`),
    };
  } catch (error) {
    return { problems: [{ file, line: 1, column: 1, message: error instanceof Error ? error.message : String(error) }] };
  }
}

/** Every issue of a schema at its place in the file. A key that nobody knows is shown where it stands. */
export function schemaProblems({ issues }: z.ZodError, { problemAt }: YamlFile): FileProblem[] {
  return issues.slice(0, maxProblems).map((issue) => {
    const [unknown] = issue.code === "unrecognized_keys" ? issue.keys : [];
    return problemAt(unknown === undefined ? issue.path : [...issue.path, unknown], issue.message);
  });
}
