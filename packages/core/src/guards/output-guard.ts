import type { ModelRequest } from "../ports/provider.ts";

/** A part of a text, and what is shown in its place. */
export interface Span {
  readonly start: number;
  readonly end: number;
  readonly instead: string;
}

/** Looks at what is about to be shown. Deterministic; one that throws refuses the answer. */
export interface OutputGuard {
  readonly name: string;
  /** The parts that must not be shown, in their order. */
  readonly find: (text: string) => readonly Span[];
  /** From where on the end of the text may be the beginning of such a part; the text's length where it is not. */
  readonly openFrom: (text: string) => number;
  /** True also refuses tool calls whose input holds such a part. @default false */
  readonly tools?: boolean | undefined;
  /** A guard that knows what one request to a model said. */
  readonly forRequest?: ((request: ModelRequest) => OutputGuard) | undefined;
}

/** Something to find: the whole of it, and how its beginning looks at the end of a text that goes on. */
export interface Pattern {
  readonly name: string;
  /** With the flags `g` and `d` as needed; only `g` is required. */
  readonly whole: RegExp;
  /** Anchored at the end. */
  readonly beginning: RegExp;
  /** A last look at what was found. @default every match counts */
  readonly confirms?: ((match: string) => boolean) | undefined;
  /** @default "[NAME removed]" */
  readonly instead?: string | undefined;
}

/** A guard from patterns. */
export function patternGuard(name: string, patterns: readonly Pattern[], tools = false): OutputGuard {
  return {
    name,
    tools,
    find: (text) =>
      patterns.flatMap(({ name, whole, confirms, instead = `[${name} removed]` }) =>
        [...text.matchAll(whole)].flatMap(({ 0: match, index }) =>
          confirms?.(match) === false ? [] : [{ start: index, end: index + match.length, instead }],
        ),
      ),
    openFrom: (text) => Math.min(text.length, ...patterns.map(({ beginning }) => beginning.exec(text)?.index ?? text.length)),
  };
}
