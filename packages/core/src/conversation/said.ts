import type { Catalog } from "../plan/catalog.ts";
import type { QueryPlan } from "../plan/query-plan.ts";
import { nameWords, normalise, singular } from "../plan/words.ts";

/** Plans a text; undefined when no plan fits it. */
export type PlanText = (text: string) => QueryPlan | undefined;

/** Something said in a conversation, with what ties it to what was said before. */
export interface Said {
  readonly text: string;
  /** Without the words that only tie it: "and in Germany?" is "in Germany", "top 10 instead" is "top 10". */
  readonly content: string;
  /**
   * `refers`: it cannot be understood alone ("their average salary"). `continues`: it probably goes on ("and in Germany?").
   * `none`: a question by itself.
   */
  readonly tie: "refers" | "continues" | "none";
  /** True for what is no question without another one, such as "and the worst?": a plan of these words alone would answer something else. */
  readonly isOnlyPart: boolean;
}

const maxWords = 25;
const maxChars = 250;

const lead =
  /^(?:ok(?:ay)?|well|so|now|right|great|cool|fine|hmm+|sorry|please|and|but|or|also|then|what about|how about|what if|only|just|rather|actually|no|(?:do )?the same(?: thing| question)?|same(?: thing| question)?(?: but)?|show|give me|i mean(?:t)?|make (?:it|that)|change (?:it|that) to)\b[\s,:;–-]*/i;
const tail = /[\s,]*(?:\b(?:(?<=\w )ones?|i mean(?:t)?|instead|please|too|as well|then|though|again|this time|only)\b)?[\s?.!]*$/i;
/** What is said before it is taken back: "Munich… I mean Potsdam". */
const corrected = /^.{0,100}\b(?:i mean(?:t)?|no,? wait,?|or rather|sorry,)\s+(?=\S)/i;
const connective =
  /^(?:(?:ok(?:ay)?|well|so|now|right|great|cool|fine)\b[\s,]*)*(and|but|or|also|then|only|just|what about|how about|what if|instead|rather|actually|no,|sorry\b,?|hmm+\b,?|i mean(?:t)?|the same|same|do the same|make it|make that|change it|change that)\b/i;
const asking =
  /^(?:what|which|who|whom|whose|when|where|why|how|is|are|was|were|do|does|did|has|have|can|could|list|show|find|get|give|display|count|name|tell|compare|calculate|compute|explain|describe)\b/i;
const fragment =
  /^(?:in|for|per|by|from|of|with|without|to|since|before|after|until|between|during|on|at|above|over|under|below|except|excluding|not|within|more than|less than|fewer than|longer than|at least|at most|sort|sorted|order|ordered|rank|group|grouped|split|break|broken|top|bottom|first|last|the top|the first|the last|each|ascending|descending)\b/i;
const pronoun =
  /\b(?:it|its|they|them|their|theirs|those|these|he|him|his|she|her|hers|that one|this one|which ones?|the (?:\w+ ){0,3}ones?|ones)\b|\b(?:is|was|about|of|than|like|after|before) (?:that|this)\b|\b(?:in|from|for|at|by|with|to) (?:that|those|these) \w+|\b(?:of|about|for|is|was|by) the (?:first|second|third|fourth|fifth|last)[\s?.!]*$/i;
const bareCount =
  /^how many(?: (?:in|from|with|of|are|were|is|was|have|had|did|do|on|at|for|to|by|since|before|after|there)\b|\s*[?.!]*$)/i;
/** "how many?", "how many of them are there?", "how many customers is that?" */
export const bareCounting =
  /^how many(?: \w+(?= (?:is|are|was|were) (?:that|those|these|they|it)\b))?(?: (?:of|is|are|were|was|there|that|those|these|they|them|it))*[\s?.!]*$/i;
const bareBest =
  /^(?:which|what|who)(?: one)?(?:'s| is| was| are| were| has| had)? the (?:\w+est|most|least|fewest|first|last|best|worst)(?: \w+)?[\s?.!]*$/i;
/** "which albums are they?", "which customer is it for?" */
const whichTheyAre =
  /^(?:and )?(?:which|what|whose) (?:[\w-]+ ){1,4}(?:is|are|was|were|did|does|do|has|have|had) (?:it|they|those|these|that|this|he|she)\b/i;
const why =
  /^(?:(?:but|and|ok|so)\b[\s,]*)*(?:why(?: (?:is|was) (?:that|this|it)(?: so)?| so| not)?|how come|how so|how do you know(?: that)?|how did you get that)[\s?.!]*$/i;
const nothing =
  /^(?:yes|yeah|yep|yup|no|nope|ok|okay|k|sure|fine|good|great|nice|cool|perfect|awesome|excellent|thanks|thank you|thx|cheers|ta|hi|hello|hey|bye|goodbye|please|continue|go on|go ahead|carry on|proceed|next|right|got it|i see|understood|alright|all right|well|hmm+|wow|interesting|very|so|much|a lot|that|this|helps?|helped|is|was|all|for now|do it|done|never mind|nevermind|great job|good job|well done|makes sense|it|the|you|again|good morning|good evening|good afternoon|and|then|with)(?:[\s,.!?;:-]+|$)/i;

/** True for what asks nothing: "thanks", "yes", "ok, continue". */
export function asksNothing(text: string): boolean {
  if (text.length > 80) return false;
  let rest = text.trim().replace(/^[\s,.!?;:-]+/, "");
  for (let before = ""; rest !== "" && rest !== before;) {
    before = rest;
    rest = rest.replace(nothing, "");
  }
  return rest === "";
}

const help =
  /^(?:(?:hi|hello|hey|please|so|ok)\b[\s,.!]*)*(?:help(?: me)?|(?:what|which things|which questions) (?:can|could|do|may|should) (?:you|i|we) (?:do|ask|answer|know|help)(?: (?:me )?(?:with|about|here|you))?|how (?:can|do) (?:you|i) (?:help|use|start|begin)(?: (?:me|you|this|here))?|(?:who|what) are you(?:,? and what can (?:you|i) (?:do|ask)(?: here)?)?|how does this work)[\s?.!]*$/i;

/** True for what asks what can be asked: "help", "what can you do?" */
export const asksForHelp = (text: string): boolean => text.length <= maxChars && help.test(text);

/** True for "why?" and its kin, which ask how the last answer came about. */
export const asksWhy = (text: string): boolean => text.length <= maxChars && why.test(text.trim());

/** The words of a text in the form names are compared in. */
export const wordsOf = (text: string): string[] =>
  normalise(text)
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word !== "")
    .map(singular);

/** True when the words hold the whole name of a collection. */
function namesCollection(words: readonly string[], { collections }: Catalog): boolean {
  return collections.some(({ name }) => holds(words, nameWords(name)));
}

/** True when the words hold the other ones in a row. */
export const holds = (words: readonly string[], others: readonly string[]): boolean =>
  others.length > 0 && words.some((_, at) => others.every((other, offset) => words[at + offset] === other));

/** "the population?": the name of a collection, which may be one of a field as well. */
const isOnlyName = (content: string, { collections }: Catalog): boolean => {
  const words = wordsOf(content)
    .filter((word) => word !== "the")
    .join(" ");
  return collections.some(({ name }) => nameWords(name).join(" ") === words);
};

/** A pronoun that nothing before it in the same sentence explains. */
function refersBack(text: string, catalog: Catalog | undefined): boolean {
  const found = pronoun.exec(text);
  if (found === null) return false;
  const before = text.slice(0, found.index);
  // Neither a person nor "that city" is what a collection is called.
  if (/^(?:he|him|his|she|her|hers)$|\bthat \w/i.test(found[0])) return !/\s\p{Lu}\p{Ll}+/u.test(before);
  if (catalog !== undefined) return !namesCollection(wordsOf(before), catalog) && !/\s\p{Lu}\p{Ll}+/u.test(before);
  return wordsOf(before).length <= 3;
}

/** Reads how something said is tied to the conversation; without a catalog by its words alone. */
export function readSaid(text: string, catalog?: Catalog): Said {
  const trimmed = text.trim();
  if (trimmed.length > maxChars || trimmed.split(/\s+/).length > maxWords)
    return { text, content: trimmed, tie: "none", isOnlyPart: false };
  let content = trimmed.replace(corrected, "").replace(tail, "");
  for (let before = ""; before !== content;) {
    before = content;
    const shorter = content.replace(lead, "");
    if (shorter !== "") content = shorter;
  }
  const tie = tieOf(trimmed, content, catalog);
  return { text, content, tie, isOnlyPart: tie === "continues" && isPart(trimmed, content, catalog) };
}

/** Tied by a word that goes on, by a place in an order or by its shortness, with nothing of the data's named. */
function isPart(text: string, content: string, catalog: Catalog | undefined): boolean {
  if (catalog !== undefined && namesCollection(wordsOf(content), catalog)) return false;
  return (
    connective.test(text) ||
    (bareBest.test(text) && wordsOf(content).length <= 4) ||
    fragment.test(text) ||
    (text.endsWith("?") && wordsOf(content).length <= 2)
  );
}

function tieOf(text: string, content: string, catalog: Catalog | undefined): Said["tie"] {
  if (bareCounting.test(content)) return "refers";
  if (asksWhy(text) || bareCount.test(text)) return catalog !== undefined && namesCollection(wordsOf(text), catalog) ? "none" : "refers";
  if (refersBack(text, catalog) || whichTheyAre.test(text)) return "refers";
  const isNamed = catalog !== undefined && namesCollection(wordsOf(content), catalog);
  if (isNamed && isOnlyName(content, catalog)) return "continues";
  if (connective.test(text) || /\binstead[\s?.!]*$/i.test(text)) return asking.test(content) && isNamed ? "none" : "continues";
  if (bareBest.test(text)) return isNamed ? "none" : "continues";
  if (asking.test(text) || isNamed) return "none";
  if (fragment.test(text)) return "continues";
  return wordsOf(content).length <= 3 ? "continues" : "none";
}
