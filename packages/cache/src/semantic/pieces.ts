/** A word, number or mark as it stands in a text. */
export interface Piece {
  readonly raw: string;
  readonly lower: string;
  readonly kind: "word" | "number" | "symbol" | "stop";
  readonly quoted: boolean;
}

const piecePattern =
  /(?<number>(?<![\p{L}\p{N}])[-+]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?(?![\p{L}\p{N}]))|(?<word>[\p{L}\p{M}\p{N}_]+(?:[.'’][\p{L}\p{N}_]+)*(?:\+\+|#)?)|(?<symbol>[<>=!]=?|≥|≤|\(\)|\[\]|\{\}|[%$€£¥*/+^&|~@#\\-])|(?<stop>[,;:.?!()])/gu;
const quotePattern = /"([^"]{1,200})"|“([^”]{1,200})”|`([^`]{1,200})`|(?<![\p{L}\p{N}])['‘]([^'’]{1,200})['’](?![\p{L}\p{N}])/gu;

function cut(text: string, quoted: boolean, into: Piece[]): void {
  for (const { 0: raw, groups = {} } of text.matchAll(piecePattern)) {
    if (groups["number"] !== undefined) into.push({ raw, lower: raw.replaceAll(",", ""), kind: "number", quoted });
    else if (groups["word"] !== undefined) cutWord(raw, quoted, into);
    else into.push({ raw, lower: raw, kind: groups["stop"] === undefined ? "symbol" : "stop", quoted });
  }
}

function cutWord(raw: string, quoted: boolean, into: Piece[]): void {
  const straight = raw.replaceAll("’", "'");
  const [, negated] = /^(.+)n't$/i.exec(straight) ?? [];
  const stem = negated ?? straight.replace(/'(?:s|re|ve|ll|d|m)?$/i, "").replace(/'(?:s|re|ve|ll|d|m)$/i, "");
  into.push({ raw: stem, lower: stem.toLowerCase(), kind: "word", quoted });
  if (negated !== undefined) into.push({ raw: "not", lower: "not", kind: "word", quoted });
}

/** Cuts a text into pieces; what stands in quotes is marked. */
export function piecesOf(text: string): Piece[] {
  const pieces: Piece[] = [];
  let at = 0;
  for (const quote of text.matchAll(quotePattern)) {
    cut(text.slice(at, quote.index), false, pieces);
    cut(quote[1] ?? quote[2] ?? quote[3] ?? quote[4] ?? "", true, pieces);
    at = quote.index + quote[0].length;
  }
  cut(text.slice(at), false, pieces);
  return pieces;
}
