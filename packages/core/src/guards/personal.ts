import type { Pattern } from "./output-guard.ts";

const digitsOf = (text: string): string => text.replace(/\D/g, "");

/** The check digit of payment cards. */
function isCard(text: string): boolean {
  const digits = digitsOf(text);
  if (digits.length < 13 || digits.length > 19) return false;
  let sum = 0;
  for (let at = 0; at < digits.length; at++) {
    const digit = Number(digits[digits.length - 1 - at]);
    const doubled = at % 2 === 1 ? digit * 2 : digit;
    sum += doubled > 9 ? doubled - 9 : doubled;
  }
  return sum % 10 === 0;
}

/** The check digits of an IBAN. */
function isIban(text: string): boolean {
  const compact = text.replaceAll(" ", "").toUpperCase();
  if (compact.length < 15 || compact.length > 34) return false;
  let rest = 0;
  for (const char of compact.slice(4) + compact.slice(0, 4)) {
    const value = Number.parseInt(char, 36);
    rest = (rest * (value > 9 ? 100 : 10) + value) % 97;
  }
  return rest === 1;
}

const isPhone = (text: string): boolean => {
  const { length } = digitsOf(text);
  return length >= 9 && length <= 15;
};

/** Data about persons that has a form: addresses of mail, payment cards, IBANs, US social security numbers, telephone numbers with a +. */
export const personalPatterns: readonly Pattern[] = [
  {
    name: "email",
    whole: /[\p{L}\p{N}._%+-]{1,64}@(?:[\p{L}\p{N}-]{1,63}\.){1,8}\p{L}{2,24}/gu,
    beginning: /[\p{L}\p{N}._%+-]{1,64}(?:@[\p{L}\p{N}.-]{0,255})?$/u,
  },
  {
    name: "iban",
    whole: /\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{1,4}){3,8}\b/g,
    beginning: /\b[A-Z](?:[A-Z](?:\d[A-Z0-9 ]{0,43})?)?$/,
    confirms: isIban,
  },
  { name: "card", whole: /(?<!\d)\d(?:[ -]?\d){12,18}(?!\d)/g, beginning: /\d[\d -]{0,37}$/, confirms: isCard },
  { name: "ssn", whole: /(?<!\d)(?!000|666|9)\d{3}-(?!00)\d{2}-(?!0000)\d{4}(?!\d)/g, beginning: /\d[\d-]{0,10}$/ },
  { name: "phone", whole: /\+\d(?:[ ().-]{0,2}\d){8,14}(?!\d)/g, beginning: /\+[\d ().-]{0,45}$/, confirms: isPhone },
];
