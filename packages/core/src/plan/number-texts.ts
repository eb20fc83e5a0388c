import { nameWords } from "./words.ts";

const number = /^([$€£]?)\s*([+-]?)\s*(\d{1,3}(?:,\d{3})+|\d+)(\.\d+)?([eE][+-]?\d+)?$/;
const unknown = /^(?:|-+|\.|\?+|n\/?a|nan|null|nil|none|unknown|undefined|not (?:available|applicable|known)|missing|tbd|tba)$/i;
/** True for a text that stands in a column of numbers or dates where one is not known. */
export const standsForUnknown = (text: string): boolean => unknown.test(text);

/** Digits that name something and measure nothing. */
const codes = new Set(
  "id code key no nr number num zip postcode postal phone telephone fax isbn issn ean upc sku ip index fips iso geoid".split(" "),
);

/**
 * The numbers of a column whose texts are all numbers or stand for an unknown one, or undefined where it is a column of text. Texts that are
 * written like codes, with zeros before them or each as long as the others, are none unless something among them is not known.
 */
export function numbersInTexts(
  name: string,
  texts: readonly (string | boolean)[],
  numbers: readonly number[],
): readonly number[] | undefined {
  const words = nameWords(name);
  if (words.some((word) => codes.has(word))) return undefined;
  // Of versions 1.10 comes after 1.9: in the order of numbers only where one digit follows the point.
  if (words.includes("version") && !texts.every((text) => typeof text === "string" && /^(\d+\.\d)?$/.test(text.trim()))) return undefined;
  const read: number[] = [...numbers];
  const signs = new Set<string>();
  const lengths = new Set<number>();
  let isOpen = numbers.length > 0;
  for (const one of texts) {
    if (typeof one !== "string") return undefined;
    const text = one.trim();
    if (standsForUnknown(text)) {
      isOpen = true;
      continue;
    }
    const [found, sign = "", minus = "", whole = "", fraction = "", exponent = ""] = number.exec(text) ?? [];
    if (found === undefined || /^0\d/.test(whole)) return undefined;
    signs.add(sign);
    lengths.add(whole.length);
    isOpen ||= fraction !== "" || sign !== "" || minus !== "";
    read.push(Number(`${minus}${whole.replaceAll(",", "")}${fraction}${exponent}`));
  }
  if (signs.size > 1 || new Set(read).size < 3) return undefined;
  return isOpen || lengths.size > 1 ? read : undefined;
}
