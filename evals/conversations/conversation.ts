import type { Expected } from "../local/question.ts";

/** What a reply must be: data that fits one of the answers, no data at all, or passages of one document. */
export type Wanted<Data> =
  | { readonly kind: "data"; readonly accept: readonly ((data: Data) => Expected)[] }
  | { readonly kind: "no data" }
  | { readonly kind: "cites"; readonly title: string };

/** What is said next, and what it means there. */
export interface FollowUp<Data> {
  readonly say: string;
  readonly wanted: Wanted<Data>;
}

/** A question that stands alone, and what is said after it. Its own answer is not judged. */
export interface Conversation<Data> {
  readonly first: string;
  readonly after: readonly FollowUp<Data>[];
}

export const conversation = <Data>(first: string, ...after: readonly FollowUp<Data>[]): Conversation<Data> => ({ first, after });

/** The answers that can be defended, the one most people mean first. */
export const means = <Data>(say: string, ...accept: ((data: Data) => Expected)[]): FollowUp<Data> => ({
  say,
  wanted: { kind: "data", accept },
});

/** It asks nothing of the data. */
export const asksNothing = <Data>(say: string): FollowUp<Data> => ({ say, wanted: { kind: "no data" } });

/** It is answered from this document. */
export const cites = <Data>(say: string, title: string): FollowUp<Data> => ({ say, wanted: { kind: "cites", title } });
