const maxParts = 3;
const maxChars = 1_000;

const start =
  "what(?:'s|’s)?|which|who|whom|whose|when|where|why|how|list|show|tell|describe|explain|summari[sz]e|count|give|is there|are there|do|does|did";
const between = new RegExp(
  String.raw`(?:\s*[?;]\s+(?:(?:and|but|also|then|finally)\b,?\s+)*|\s*[,.]?\s+(?:and|but|then)\s+(?:also\s+|then\s+)?|\.\s+(?:also,?\s+)?)(?=(?:${start})\b)`,
  "gi",
);
const asks = new RegExp(String.raw`^(?:please\s+)?(?:${start})\b`, "i");
/** "and how they are related" goes on with the sentence it stands in. */
const whole =
  /^(?:which|who|whose)\s+(?:are|is|were|was|have|has|had|do|does|did)\b|^\S+\s+(?:it|they|them|those|these|this|that)\b|^\S+(?:\s+\S+)?[\s?.!]*$/i;

/** The questions a question is made of, in their order: "How many movies are there, and what is the data set about?" is two. One where it is one. */
export function splitQuestion(text: string): readonly string[] {
  const one = [text];
  if (text.length > maxChars) return one;
  const parts = text
    .split(between)
    .map((part) => part.trim())
    .filter((part) => part !== "");
  const areQuestions =
    parts.length > 1 && parts.length <= maxParts && parts.every((part, at) => asks.test(part) && !(at > 0 && whole.test(part)));
  return areQuestions ? parts.map((part) => (/[?.!]$/.test(part) ? part : `${part}?`)) : one;
}
