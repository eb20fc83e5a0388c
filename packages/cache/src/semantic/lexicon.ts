/** What a word or phrase asks for, whichever way it is said. Two questions may only share an answer when all of these agree. */
export type Sign =
  | "count"
  | "average"
  | "median"
  | "sum"
  | "max"
  | "min"
  | "latest"
  | "earliest"
  | "more"
  | "at-least"
  | "less"
  | "at-most"
  | "before"
  | "after"
  | "since"
  | "until"
  | "between"
  | "ascending"
  | "descending"
  | "distinct"
  | "each"
  | "not"
  | "or"
  | "both"
  | "only"
  | "exactly"
  | "half"
  | "percent"
  | "when"
  | "where"
  | "why"
  | "how"
  | "yes-no";

interface Phrase {
  readonly words: readonly string[];
  readonly sign: Sign | undefined;
  /** What the phrase says beside its sign: `oldest` is the most of an age. */
  readonly about: string | undefined;
}

const signs: Readonly<Record<Sign, string>> = {
  count:
    "how many|count the number of|count the numbers of|count the total number of|count the|count number of|number of|numbers of|count|counts|count of|total number of|total count of|total numbers of|the count",
  average: "average|averages|avg|mean|on average",
  median: "median",
  sum: "total|totals|sum|sum of|combined|total sum",
  max: "most|largest|highest|biggest|greatest|maximum|max|top|maximal|maximums|largest number of|highest number of|greatest number of|most number of|maximum number of|the most number of|largest amount of|highest amount of|greatest amount of",
  min: "least|fewest|lowest|smallest|minimum|min|bottom|minimal|minimums|least number of|smallest number of|lowest number of|fewest number of|minimum number of",
  latest: "latest|newest|most recent|most recently|last time",
  earliest: "earliest|first time",
  more: "more than|greater than|larger than|higher than|bigger than|above|over|exceeds|exceed|exceeded|exceeding|beyond|>|more then|upwards of|in excess of|higher|greater|larger|surpass|surpasses",
  "at-least": "at least|no less than|not less than|no fewer than|or more|or above|or higher|or greater|minimum of|>=|≥|or over",
  less: "less than|lower than|smaller than|fewer than|below|under|<|less then|lower|smaller|beneath",
  "at-most":
    "at most|no more than|not more than|or less|or fewer|or below|or lower|up to|<=|≤|or under|maximum of|no greater than|not exceeding",
  before: "before|prior to|earlier than|preceding",
  after: "after|later than|following",
  since: "since|from then on",
  until: "until|till|by the end of",
  between: "between|in the range of|ranging from",
  ascending:
    "ascending|ascending order|increasing|alphabetical|alphabetically|alphabetic|lexicographic|lexicographical|lexicographically|ascending alphabetical|ascending lexicographical|asc|a to z|alphabetical order|increasing order|order them by|order the results by|order results by|order the result by|sort them by|sort the results by|sort results by|sort the list by|sorted by|sorted in|sorted|sort by|sort|ordered by|ordered in|ordered|order by|in order of|order of|in order|in the order of|ranked by|rank by|arranged by|in ascending order|in ascending order of|ascending order of|ascending order by|in lexicographical order|in lexicographic order|lexicographical order|lexicographic order|alphabetical order of|in alphabetical order|in ascending alphabetical order|ascending alphabetical order|alphabetically by|in alphabetical order of|in alphabetical order by|alphabetical order by|sorted alphabetically|sorted alphabetically by|in increasing order of|in increasing order|ordered alphabetically|ordered alphabetically by|sorted by ascending|in the ascending order|in the ascending order of|in the alphabetical order",
  descending:
    "descending|descending order|in descending order|in descending order of|in descending order by|in the descending order|in the descending order of|in decreasing order|in decreasing order of|sorted in descending order by|in a descending order|in a descending order of|sorted in descending order of|sorted by descending|ordered by descending|descending by|descending order of|descending order by|sorted in descending order|decreasing order|decreasing|reverse|reversed|desc|z to a|reverse alphabetical|descending alphabetical|reverse lexicographical",
  distinct: "distinct|different|unique|distinctive",
  each: "each|every|per|for each|for every|of each|in each|by each|group by|grouped by",
  not: "not|no|never|without|neither|nor|none|except|excluding|exclude|excludes|other than|besides|lack|lacks|lacking|cannot|nothing|nobody|unable|instead of|apart from|do not|does not|did not|is not|are not|was not|were not|has not|have not|had not|can not|non|un|outside|off|without any|do not have|does not have|did not have|not any|do not have any|does not have any|any not",
  or: "or|either|either or",
  both: "both",
  only: "only|solely|exclusively|merely",
  exactly: "exactly|precisely",
  half: "half",
  percent: "percent|percentage|%|ratio|proportion|share of|fraction",
  when: "when",
  where: "where",
  why: "why",
  how: "how",
  "yes-no": "",
};

/** Superlatives and comparatives of one dimension: sign, dimension, words. */
const dimensions: readonly (readonly [Sign, string, string])[] = [
  ["max", "age", "oldest|eldest"],
  ["min", "age", "youngest"],
  ["more", "age", "older than|older"],
  ["less", "age", "younger than|younger"],
  ["max", "length", "longest"],
  ["min", "length", "shortest"],
  ["more", "length", "longer than|longer"],
  ["less", "length", "shorter than|shorter"],
  ["max", "price", "most expensive|priciest|costliest|most costly"],
  ["min", "price", "cheapest|least expensive"],
  ["more", "price", "more expensive than"],
  ["less", "price", "cheaper than|less expensive than"],
  ["max", "weight", "heaviest"],
  ["min", "weight", "lightest"],
  ["more", "weight", "heavier than"],
  ["less", "weight", "lighter than"],
  ["max", "height", "tallest"],
  ["more", "height", "taller than"],
  ["max", "speed", "fastest|quickest"],
  ["min", "speed", "slowest"],
  ["more", "speed", "faster than"],
  ["less", "speed", "slower than"],
  ["max", "common", "most common|most frequent|most often|most frequently|most commonly"],
  ["min", "common", "least common|least frequent|least often|least frequently|least commonly"],
  ["max", "popular", "most popular"],
  ["min", "popular", "least popular"],
  ["max", "good", "best"],
  ["min", "good", "worst"],
  ["max", "far", "farthest|furthest"],
  ["min", "near", "nearest|closest"],
];

/** Phrases that say nothing but that something is asked. */
const requests =
  "in order to|in total|please|can you|could you|would you|will you|can you please|could you please|show me|show|list|list all|find|find out|give|give me|return|tell me|tell us|display|i want to know|i would like to know|i want|i need|let me know|get|get me|retrieve|what is|what are|what was|what were|what|which|who is|who are|who|hey|hi|hello|kindly|me|i wonder|do you know|report|compute|calculate|determine|identify|provide|provide me with|print|output|look up|fetch|state|name the|tell|thanks|thank you|want to know|could you tell me|can you tell me|help me find|select|quickly|us|let us|see|know|question";

/** Words that hold a sentence together; they carry no content of their own. */
const glue =
  "a|an|the|of|in|on|at|to|by|with|from|for|and|that|which|who|whom|whose|is|are|was|were|be|been|being|am|do|does|did|have|has|had|having|as|it|its|their|there|they|them|this|these|those|he|she|his|her|him|any|all|some|than|then|s|into|onto|also|can|could|will|would|should|may|might|such|so|but|if|about|along|together|including|according|via|you|your|we|our|my|i|one|ones|themselves|own|just|exist|currently|corresponding|respective|respectively|altogether|overall|among|amongst|across|during|within|yet|ever|already|actually";

/** Answers and asides that mean something only where they are said. */
const asides =
  "yes|no|ok|okay|continue|go|on|ahead|sure|thanks|thank|you|please|more|again|next|stop|retry|same|that|this|it|them|those|these|right|correct|wrong|hm|hmm|yep|nope|yeah|nah|fine|good|great|cool|nice|hello|hi|hey|why|how|what|when|where|who|and|or|so|then|do|did|does|is|are|me|tell|show|explain|else|anything|something|everything|nothing|one|first|second|last|other|another|try|repeat|undo|back|help|the|a|an|of|to|for|with|about|i|mean|meant|not|really|exactly|maybe|perhaps|both|neither|all|none|any|go on";

const phrases: readonly Phrase[] = [
  ...Object.entries(signs).flatMap(([sign, said]) =>
    // The keys of `signs` are signs.
    said === "" ? [] : said.split("|").map((words) => ({ words: words.split(" "), sign: sign as Sign, about: undefined })),
  ),
  ...dimensions.flatMap(([sign, about, said]) => said.split("|").map((words) => ({ words: words.split(" "), sign, about }))),
  ...requests.split("|").map((words) => ({ words: words.split(" "), sign: undefined, about: undefined })),
];

/** Phrases by their first word, the longest first. */
export const phrasesFrom: ReadonlyMap<string, readonly Phrase[]> = Map.groupBy(
  phrases.toSorted((a, b) => b.words.length - a.words.length),
  ({ words: [first = ""] }) => first,
);

export const glueWords: ReadonlySet<string> = new Set(glue.split("|"));
export const asideWords: ReadonlySet<string> = new Set(asides.split("|"));

export const numberWords: ReadonlyMap<string, string> = new Map(
  "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen twenty"
    .split(" ")
    .map((word, value): [string, string] => [word, String(value)])
    .concat([
      ["thirty", "30"],
      ["forty", "40"],
      ["fifty", "50"],
      ["sixty", "60"],
      ["seventy", "70"],
      ["eighty", "80"],
      ["ninety", "90"],
      ["hundred", "100"],
      ["thousand", "1000"],
      ["million", "1000000"],
      ["billion", "1000000000"],
      ["dozen", "12"],
      ["once", "1"],
      ["twice", "2"],
    ]),
);

const moments =
  "today|tonight|yesterday|tomorrow|now|current|currently|recently|recent|ago|daily|weekly|monthly|yearly|annually|quarterly|monday|tuesday|wednesday|thursday|friday|saturday|sunday|january|february|march|april|june|july|august|september|october|november|december|spring|summer|autumn|fall|winter|morning|afternoon|evening|night|noon|midnight|weekend|ytd|mtd";
export const momentWords: ReadonlySet<string> = new Set(moments.split("|"));
export const spanWords: ReadonlySet<string> = new Set(
  "second|minute|hour|day|week|month|quarter|year|decade|century|weekend|season|semester|night|morning|evening|monday|tuesday|wednesday|thursday|friday|saturday|sunday|summer|winter|spring|autumn".split(
    "|",
  ),
);
export const shiftWords: ReadonlySet<string> = new Set("last|next|this|past|previous|coming|current|upcoming|prior|following".split("|"));
