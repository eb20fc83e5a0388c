/** The answer both vendors give: exactly sixty words, one of them twice in a row, since a model may say so and nobody may take it out. */
export const words: readonly string[] =
  `A gateway earns the trust that that word implies only while the vendor behind it misbehaves. Anyone can pass on what arrives whole and
in time. What counts is the hour when replies stall, break off or contradict themselves, and the caller still
receives either the complete text or one error that says what happened and what may follow next.`.split(/\s+/);

export const answer: string = words.join(" ");

export const question = "Explain in exactly sixty words when a gateway earns trust.";

/** The nth piece as it is streamed: a word with the space before it. */
export const piece = (at: number): string => (at === 0 ? words[at]! : ` ${words[at]!}`);

const opening = words.slice(0, 4).join(" ");

/** True for a text in which an answer begins anew after another one has begun: two answers passed off as one. */
export const isSpliced = (text: string): boolean => text.indexOf(opening, opening.length) > 0;

if (words.length !== 60) throw new Error(`the canonical answer has ${words.length} words`);
