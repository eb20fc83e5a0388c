/** A piece of a document, with the place it was cut from (`start` inclusive, `end` exclusive, in characters). */
export interface Passage {
  text: string;
  start: number;
  end: number;
}

const maxLength = 900;

/**
 * Cuts a text into passages of at most 900 characters, at an empty line if there is one, else at the end of a line, a sentence or a word.
 * Nothing but surrounding white space is left out.
 */
export function splitPassages(text: string): Passage[] {
  const passages: Passage[] = [];
  let start = 0;
  while (start < text.length) {
    const end = text.length - start <= maxLength ? text.length : start + breakBefore(text.slice(start, start + maxLength));
    const piece = text.slice(start, end);
    const lead = piece.length - piece.trimStart().length;
    const trimmed = piece.trim();
    if (trimmed !== "") passages.push({ text: trimmed, start: start + lead, end: start + lead + trimmed.length });
    start = end;
  }
  return passages;
}

function breakBefore(window: string): number {
  for (const mark of ["\n\n", "\n", ". ", " "]) {
    const at = window.lastIndexOf(mark);
    if (at > maxLength / 3) return at + mark.length;
  }
  return window.length;
}
