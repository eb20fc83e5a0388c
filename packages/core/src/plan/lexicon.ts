/**
 * General English as data: how people ask about numbers, order, time and things. Nothing here knows any data set;
 * what a question is about comes from the catalog.
 */

const words = (text: string): readonly string[] => text.split(/\s*,\s*/).filter((word) => word !== "");

const setOf = (text: string): ReadonlySet<string> => new Set(words(text));

/** Words a question can do without; they say nothing about which rows or numbers are meant. */
export const fillers: ReadonlySet<string> = setOf(
  `a, an, the, is, are, was, were, be, been, being, am, do, does, did, done, doing, have, has, had, having, there, here, please, kindly, can, could, would, will,
  shall, should, may, might, must, i, we, you, me, us, my, our, your, it, its, they, them, their, theirs, he, she, his, her, him, this, these, those, that,
  of, in, on, at, to, for, from, with, within, into, onto, as, by, about, among, amongst, across, between, over, under, via, through, during,
  and, or, but, also, too, so, then, than, just, only, really, actually, exactly, ever, currently, now, today, right, know, like, want, need, let, see, tell, give, show,
  find, get, fetch, display, print, return, retrieve, list, name, report, present, provide, look, up, out, well, ok, hey, hi, hello, thanks, thank, s, t, re, ve, d, ll,
  what, which, who, whom, whose, when, where, why, how, any, some, all, every, each, either, one, ones, such, other, many, much, lot, lots, together,
  available, existing, exist, exists, present, data, dataset, datasets, database, db, collection, collections, table, tables, record, records, row, rows, entry, entries,
  document, documents, item, items, information, info, detail, details, result, results, answer, question, value, values, different, various, respective, corresponding,
  overall, altogether, following, given, certain, particular, individual, according, based, terms, case, cases, kind, kinds, sort, sorts, type, types, thing, things,
  directory, catalogue, catalog, shared, come, comes, came, coming, live, lives, living, lived, reside, resides, residing, belong, belongs, belonging, locate, located, situated, contain, contains, containing, include, includes,
  including, included, hold, holds, holding, feature, features, featuring, appear, appears, appearing, own, owns, owned, owning, call, called, named, titled, say, says,
  make, makes, made, making, use, uses, used, using, go, goes, went, going, gone, take, takes, took, taken, taking, occur, occurs, occurred, happen, happens, happened,
  associated, related, linked, connected, correspond, corresponds, set, sets, put, keep, keeps, kept, run, runs, fall, falls, fell, world, anyone, anybody, someone, everyone, anything, something,
  yet, already, still, often, usually, actually, sold out, whole, entire, full, recorded, listed, registered, involved, concerning, regarding, per, out, whether, if, while, not, no, yes, it's, i'd, i'm, exact, complete, work, works, working, worked`,
);

/** Words that say which rows when a field of that name exists, and nothing otherwise. Kept out of refusals. */
export const softWords: ReadonlySet<string> = setOf(
  `name, list, type, kind, number, record, item, value, entry, row, document, table, feature, work, sort, set, run, call, use, make, live, place, report, name, time, case, one, full, present, detail, information, world, data, result, question, answer, exist, available, code, collection, status, level`,
);

/** Verbs that only say that two things belong together; which relation is meant the data says. By their roots. */
export const relationVerbs: readonly string[] = words(
  `place, provide, supply, offer, deliver, subscribe, write, teach, play, attend, visit, treat, handle, manage, serve, stock, create, perform, record, release, produce, publish, submit,
  receive, assign, enroll, join, participate, compete, host, employ, hire, carry, earn, support, operate, operate, direct, compose, issue, generate, apply, contribute, deal, enter, depart,
  see, sign, study, train, visit, land, fly, arrive, leave, measure, observe, register, report, reside, stay, order, buy, invoice, bill, build, manufacture, star, act, get, watch, view, love, like, prefer, need, require, bring, spend, rate, rent, borrow, own, work, speak, born, live, score, pay, sell, appear, contain, cover, seen, saw, written, wrote, taught, sung, flown, flew, driven, drove, given, gave, spoken, met, led, held, built, sent, won, win, done, grown, represent, cause, affect, involve, hit, help, advise, assist, consult`,
);

/** How many of what; each phrase is matched whole, longest first. */
export const phrases: Readonly<Record<string, readonly string[]>> = {
  "how-many": words(
    "how many, how many more, how much more, how many fewer, how much less, number of, the number of, numbers of, count of, count the number of, count the, count up, count, tally, how much, amount of, total number of, total count of, quantity of",
  ),
  distinct: words("distinct, unique, different, separate, various"),
  avg: words("average, avg, mean, on average, typical, averaged, average of"),
  sum: words("total, sum, sum of, sum up, in total, total of, combined, cumulative, aggregate, altogether, summed, overall"),
  median: words("median"),
  min: words("minimum, min, minimal, lowest value, smallest value"),
  max: words("maximum, max, maximal, highest value, largest value, peak"),
  share: words(
    "share of, percentage of, percent of, proportion of, fraction of, what share, what percentage, what percent, what proportion, what fraction, percentage, proportion, share, percent",
  ),
  most: words(
    "most, the most, largest number of, highest number of, greatest number of, biggest number of, maximum number of, largest count of, highest count of, most number of, largest amount of, highest amount of, most often, most frequently, most frequent, most common, commonest, most popular, most numerous, most widely, largest quantity of",
  ),
  least: words(
    "fewest, the fewest, least, the least, smallest number of, lowest number of, minimum number of, least number of, fewest number of, smallest amount of, lowest amount of, least often, least frequently, least frequent, least common, rarest, least popular, lowest count of",
  ),
  highest: words("highest, largest, biggest, greatest, maximum, max, maximal, top, best, strongest, most, longest, tallest, peak"),
  lowest: words("lowest, smallest, minimum, min, minimal, worst, weakest, least, littlest, tiniest, poorest, bottom, shortest"),
  top: words("top, first, leading"),
  bottom: words("bottom, last, lowest"),
  group: words(
    "per, for each, for every, in each, in every, by each, by every, of each, of every, at each, on each, from each, each, every, grouped by, group by, broken down by, break down by, breakdown by, split by, across, to each, for the different, with each, within each, according to, for all the different",
  ),
  order: words(
    "sorted by, ordered by, sort by, order by, sort them by, order them by, sort the list by, sort the results by, ranked by, rank by, rank them by, in order of, arranged by, sorted in order of, ordered in order of, sort it by",
  ),
  descending: words(
    "descending, desc, in descending order, in descending order of, descending order, decreasing, from highest to lowest, highest first, largest first, from most to least, from largest to smallest, from high to low, most recent first, newest first, high to low, in decreasing order, in decreasing order of, reverse alphabetical order, from latest to earliest, from newest to oldest, from oldest to youngest, biggest first, most expensive first, latest first, highest to lowest, largest to smallest, biggest to smallest, most to least, top to bottom",
  ),
  ascending: words(
    "ascending, asc, in ascending order, in ascending order of, ascending order, increasing, from lowest to highest, lowest first, smallest first, from least to most, from smallest to largest, from low to high, oldest first, low to high, in increasing order, alphabetically, in alphabetical order, alphabetical order, in lexicographical order, chronologically, in chronological order, from earliest to latest, from oldest to newest, from youngest to oldest, cheapest first, earliest first, in alphabetical order of, in chronological order of, lowest to highest, smallest to largest, smallest to biggest, least to most",
  ),
  ">": words(
    "more than, greater than, larger than, bigger than, higher than, over, above, exceeding, exceeds, exceed, exceeded, in excess of, upwards of, better than, beyond, >",
  ),
  ">=": words(
    "at least, no less than, no fewer than, not less than, minimum of, a minimum of, greater than or equal to, more than or equal to, or more, or higher, or above, and above, or greater, and up, or over, starting at, starting from, >=, ≥, or better, or later",
  ),
  "<": words("less than, fewer than, lower than, smaller than, under, below, beneath, worse than, <"),
  "<=": words(
    "at most, no more than, not more than, maximum of, a maximum of, less than or equal to, up to, or less, or fewer, or lower, or below, or under, and below, <=, ≤, or earlier, not exceeding",
  ),
  "=": words(
    "equal to, equals, same as, the same as, identical to, equal, exactly, =, ==, with only, have only, has only, having only, with just, have just, has just",
  ),
  "!=": words("not equal to, unequal to, different from, differs from, differ from, not the same as, <>, !="),
  between: words("between, ranging from, in the range, in the range of, anywhere from"),
  before: words("before, prior to, earlier than, until, till, up until"),
  after: words("after, later than, since, following, from after"),
  since: words("since, starting in, from"),
  not: words(
    "not, no, no longer, not any longer, not any more, not anymore, without, never, isn't, aren't, wasn't, weren't, don't, doesn't, didn't, hasn't, haven't, hadn't, non, except, except for, excluding, other than, lacking, lack, lacks, missing, neither, nor, outside of, outside, apart from, zero, cannot, can't, nobody, no one, nothing, isnt, arent, wasnt, werent, dont, doesnt, didnt, hasnt, havent, unknown, with no, have no, has no, had no, but not, not in, not from, any other than, null, empty, none of",
  ),
  or: words("or, as well as either"),
  contains: words(
    "containing, contains, contain, including the word, with the word, with the words, that include, includes the word, containing the word, containing the words, contain the word, contains the word, mentioning, mention, mentions, including the text, contain the text, have the word, has the word, containing the string, contain the string, containing the substring, with the text, containing the phrase, contains the phrase, the word, the substring, the phrase, substring, the text",
  ),
  starts: words(
    "starting with, starts with, start with, beginning with, begins with, begin with, that start with, that begin with, start with the letter, starts with the letter, starting with the letter, beginning with the letter, begins with the letter, begin with the letter, prefixed with",
  ),
  ends: words("ending with, ends with, end with, ending in, ends in, end in, that end with, that end in"),
  "above-average": words(
    "above average, above the average, higher than average, higher than the average, more than average, more than the average, greater than the average, greater than average, larger than the average, longer than average, longer than the average, over the average, better than average, better than the average, exceeds the average, exceeding the average, above-average, heavier than average, heavier than the average, bigger than average, older than the average, older than average, longer than the mean, above the mean, greater than the mean, higher than the mean",
  ),
  "below-average": words(
    "below average, below the average, lower than average, lower than the average, less than average, less than the average, smaller than the average, smaller than average, shorter than average, shorter than the average, under the average, worse than average, worse than the average, below-average, lighter than average, lighter than the average, younger than the average, younger than average, below the mean, less than the mean, lower than the mean",
  ),
  "than-average": words("than average, than the average, than an average, than the mean"),
  unsupported: words(
    "same, both, respectively, ratio between, ratio of, ratio, running total, consecutive, each other, as many as, as much as, outlier, outliers, standard deviation, variance, percentile, rolling, moving average",
  ),
  "best-selling": words(
    "best selling, bestselling, top selling, most sold, most purchased, most bought, most ordered, biggest selling, highest selling",
  ),
  exists: words("is there, are there any, is there any, is there a, is there an, are there, was there, were there any, were there"),
  joins: words("look after, looks after, looked after, looking after, take care of, takes care of, in charge of, responsible for"),
  growth: words(
    "growth, grow, growing, grew, grown, increase, increased, decrease, decreased, decline, declined, change, changed, rise, rose, drop, dropped, growth rate, rate of growth, rate of change, growth of, growth in, increase in, decrease in, change in, changes in, drop in, rise in, percent change, percentage change, percentage growth, percent growth, percentage increase, percent increase, percentage decrease, percent decrease, percentage change in, percent change in, percentage increase in, percentage growth in, fastest growing, fastest growth",
  ),
  difference: words(
    "difference between, difference in, the difference between, how many more, how much more, how many fewer, how much less",
  ),
  against: words(
    "compare, comparing, compared to, compared with, in comparison to, in comparison with, relative to, versus, vs, against, year over year, month over month, quarter over quarter, year on year, month on month, quarter on quarter",
  ),
  change: words("trend, correlation, correlate, forecast, predict, why"),
};

/** An adjective of size in one of its three forms, and what it is about. */
export interface Dimension {
  /** Words (longest phrase wins) that ask for the end named by `high`. */
  readonly comparative: readonly string[];
  readonly superlative: readonly string[];
  readonly high: boolean;
  /** Words in the names or descriptions of fields it may mean, best first. */
  readonly fields: readonly string[];
  /** True when it compares moments: the newest is the latest, the oldest the earliest. */
  readonly temporal?: boolean;
  /** True for what comes together over time: the rainiest month has most rain in all. */
  readonly adds?: boolean;
  /** For moments of birth the other way round: the older was born earlier. */
  readonly ageFields?: readonly string[];
}

const dimension = (high: boolean, comparative: string, superlative: string, fields: string, more: Partial<Dimension> = {}): Dimension => ({
  comparative: words(comparative),
  superlative: words(superlative),
  high,
  fields: words(fields),
  ...more,
});

const length =
  "length, duration, runtime, running time, run time, playing time, millisecond, second, minute, hour, time, elapsed, distance, page count, page";
const price = "price, cost, fare, fee, unit price, rent, msrp, rate, total, amount";
const size = "size, area, population, pop, byte, capacity, magnitude, employee count, amount, total, volume, seats, surface";
const weight = "weight, mass, body mass";
const speed = "speed, velocity, knot, mph, kmh, pace";
const height = "height, elevation, altitude, tall, stature";
/** Names of fields that say how high a thing is or lies. */
export const heightFields: readonly string[] = words("height, elevation, altitude");
const rating = "rating, score, star, grade, rank, imdb rating, review";
const moments =
  "date, released, release, created, year, published, time, timestamp, day, founded, built, start, opened, joined, hired, added, updated, ordered";
const births = "birth, born, birthday, birth date, date of birth, dob";

/** Adjectives of size, price, age and the like. */
export const dimensions: readonly Dimension[] = [
  dimension(
    true,
    "longer than, longer, lasting more than, lasting over, lasting longer than, running longer than",
    "longest, lengthiest",
    length,
  ),
  dimension(false, "shorter than, shorter, lasting less than, lasting under", "shortest, briefest", `${length}, ${height}`),
  dimension(
    true,
    "more expensive than, pricier than, costlier than, costing more than, costing over, priced above, priced over, cost more than, costs more than, dearer than, cost over",
    "most expensive, priciest, dearest, costliest, highest priced, highest-priced",
    price,
  ),
  dimension(
    false,
    "cheaper than, less expensive than, costing less than, costing under, priced under, priced below, cost less than, costs less than, cost under",
    "cheapest, least expensive, most affordable, lowest priced, lowest-priced, least costly",
    price,
  ),
  dimension(true, "older than, older, aged over, aged above", "oldest, eldest, most senior", `age, ${births}, ${moments}`, {
    temporal: true,
    ageFields: words(`age`),
  }),
  dimension(false, "younger than, younger, aged under, aged below", "youngest", `age, ${births}`, {
    temporal: true,
    ageFields: words(`age`),
  }),
  dimension(
    false,
    "newer than, more recent than, later than",
    "newest, most recent, latest, most recently, last, most current, most modern",
    moments,
    { temporal: true },
  ),
  dimension(true, "earlier than", "earliest, first, least recent", moments, { temporal: true }),
  dimension(
    true,
    "heavier than, heavier, weighing more than, weighing over, weigh more than, weighs more than, weighing at least",
    "heaviest",
    weight,
  ),
  dimension(false, "lighter than, lighter, weighing less than, weighing under, weigh less than, weighs less than", "lightest", weight),
  dimension(true, "faster than, faster, quicker than", "fastest, quickest, speediest", speed),
  dimension(false, "slower than, slower", "slowest", speed),
  dimension(true, "taller than, taller", "tallest", height),
  dimension(true, "bigger than, larger than, larger", "largest, biggest, hugest", size),
  dimension(false, "smaller than, smaller", "smallest, tiniest, littlest", size),
  dimension(
    true,
    "richer than, wealthier than",
    "richest, wealthiest, best paid, best-paid, highest paid, highest-paid, highest earning, highest-earning, highest earner",
    "salary, income, wage, pay, wealth, net worth, earning, gdp, revenue",
  ),
  dimension(
    false,
    "poorer than",
    "poorest, lowest paid, lowest-paid, worst paid, lowest earning",
    "income, salary, wage, pay, wealth, gdp",
  ),
  dimension(true, "more powerful than, stronger than", "most powerful, strongest", "horsepower, power, magnitude, strength, force, mag"),
  dimension(false, "weaker than", "weakest, least powerful", "horsepower, power, magnitude, strength, force, mag"),
  dimension(
    true,
    "better rated than, rated above, rated over, rated higher than, better than, rated at least",
    "best rated, best-rated, top rated, top-rated, highest rated, highest-rated, best reviewed, best, most highly rated",
    rating,
  ),
  dimension(
    false,
    "rated below, rated under, rated lower than, worse than",
    "worst rated, worst-rated, lowest rated, lowest-rated, worst, worst reviewed",
    rating,
  ),
  dimension(true, "more populous than", "most populous, most populated, most inhabited", "population, pop, inhabitant, resident, people"),
  dimension(false, "less populous than", "least populous, least populated", "population, pop, inhabitant, resident, people"),
  dimension(true, "deeper than, deeper", "deepest", "depth"),
  dimension(false, "shallower than", "shallowest", "depth"),
  dimension(true, "wider than", "widest, broadest", "width"),
  dimension(false, "narrower than", "narrowest", "width"),
  dimension(true, "hotter than, warmer than", "hottest, warmest", "temperature, temp, heat"),
  dimension(false, "colder than, cooler than", "coldest, coolest", "temperature, temp"),
  dimension(
    true,
    "grossing more than, grossing over, that grossed over, that grossed more than, grossed more than, grossed over",
    "highest grossing, highest-grossing, top grossing, top-grossing, biggest grossing, most successful",
    "gross, box office, revenue, earning",
  ),
  dimension(false, "grossing less than, grossing under", "lowest grossing, lowest-grossing", "gross, box office, revenue, earning"),
  dimension(true, "more profitable than", "most profitable", "profit, margin, net income, earning"),
  dimension(false, "less profitable than", "least profitable", "profit, margin, net income, earning"),
  dimension(
    true,
    "more fuel efficient than, more economical than, more efficient than",
    "most fuel efficient, most fuel-efficient, most economical, most efficient",
    "mpg, miles per gallon, fuel economy, efficiency, fuel efficiency, consumption",
  ),
  dimension(
    false,
    "less fuel efficient than",
    "least fuel efficient, least fuel-efficient, least economical, least efficient",
    "mpg, miles per gallon, fuel economy, efficiency, fuel efficiency",
  ),
  dimension(true, "", "northernmost, most northern, furthest north, most northerly", "latitude, lat"),
  dimension(false, "", "southernmost, most southern, furthest south, most southerly", "latitude, lat"),
  dimension(true, "", "easternmost, most eastern, furthest east, most easterly", "longitude, lon, lng, long"),
  dimension(false, "", "westernmost, most western, furthest west, most westerly", "longitude, lon, lng, long"),
  dimension(
    true,
    "more popular than",
    "most popular, most voted, best known, most viewed",
    "popularity, vote, view, like, download, follower, rating count, review count",
  ),
  dimension(true, "", "busiest, most crowded, most visited", "traffic, visitor, passenger, visit, attendance", { adds: true }),
  dimension(true, "wetter than, rainier than", "wettest, rainiest", "precipitation, rain, rainfall", { adds: true }),
  dimension(false, "drier than, dryer than", "driest, dryest", "precipitation, rain, rainfall", { adds: true }),
  dimension(true, "snowier than", "snowiest", "snow, snowfall", { adds: true }),
  dimension(true, "windier than", "windiest", "wind, wind speed"),
  dimension(true, "deadlier than", "deadliest", "death, fatality, casualty, killed", { adds: true }),
  dimension(true, "farther than, further than, farther away than, further away than", "farthest, furthest, most distant", "distance"),
  dimension(false, "closer than, nearer than", "closest, nearest", "distance"),
];

/** Verbs that say a number of a row, and the fields it may be called by: what it earned, weighs, killed. */
export const measureVerbs: ReadonlyMap<string, readonly string[]> = new Map(
  (
    [
      [
        "earn, earns, earned, make, makes, made, gross, grosses, grossed, took in, brought in",
        "gross, revenue, income, box office, earning, takings, sale",
      ],
      ["cost, costs, costed", "cost, budget, production cost, price, expense"],
      ["weigh, weighs, weighed", weight],
      ["kill, kills, killed, claim, claims, claimed", "death, fatality, casualty, killed"],
      ["last, lasts, lasted", length],
    ] as const
  ).flatMap(([verbs, fields]) => words(verbs).map((verb): [string, readonly string[]] => [verb, words(fields)])),
);

/** Adjectives after "how": how long, how old, … and the fields they ask for. */
export const howAdjectives: Readonly<Record<string, readonly string[]>> = {
  long: words(length),
  old: words(`age, ${births}`),
  heavy: words(weight),
  tall: words(height),
  high: words(height),
  big: words(size),
  large: words(size),
  expensive: words(price),
  fast: words(speed),
  deep: words("depth"),
  wide: words("width"),
  hot: words("temperature, temp"),
  cold: words("temperature, temp"),
  far: words("distance"),
  powerful: words("horsepower, power"),
  strong: words("magnitude, strength, power, mag"),
  popular: words("popularity, vote, view"),
};

/** Nouns of size and the fields they may be called by, for "average length" where no field is called length. */
export const measureNouns: Readonly<Record<string, readonly string[]>> = {
  length: words(length),
  duration: words(length),
  runtime: words(length),
  size: words(size),
  weight: words(weight),
  age: words("age"),
  price: words(price),
  cost: words(price),
  height: words(height),
  speed: words(speed),
  temperature: words("temperature, temp"),
};

/** Words that mean about the same in questions; any of a line may stand for any other. */
const synonymLines: readonly string[] = [
  "movie, film, picture, motion picture",
  "employee, staff, worker, personnel, staff member, colleague, team member",
  "customer, client, buyer, shopper, purchaser, patron",
  "user, member, account holder, subscriber",
  "track, song, tune",
  "album, record, lp",
  "artist, band, musician, singer, performer, group",
  "author, writer, written",
  "car, vehicle, automobile, auto",
  "country, nation",
  "city, town",
  "state, province",
  "price, cost, costing",
  "salary, pay, wage, earning, earn, compensation",
  "revenue, sale, income, turnover, takings",
  "total, amount, sum, value",
  "quantity, qty, unit, piece",
  "invoice, bill",
  "order, purchase",
  "product, item, article, good",
  "department, dept, division",
  "company, firm, organisation, organization, business, employer",
  "manager, boss, supervisor, reports to, report to, reporting to, managed by, supervised by",
  "shop, store, outlet",
  "school, university, college",
  "student, pupil",
  "teacher, instructor, professor, lecturer",
  "doctor, physician",
  "patient, case",
  "gender, sex",
  "birth, born, birthday, birthdate, dob",
  "death, died, fatality, killed",
  "phone, telephone, phone number, mobile",
  "email, e mail, mail, email address",
  "genre, style",
  "category, kind, type, class",
  "rating, score, rated, star",
  "duration, length, runtime, running time",
  "weight, mass",
  "bill, beak",
  "fuel efficiency, mpg, mileage, fuel economy, gas mileage, miles per gallon",
  "horsepower, hp",
  "title, name",
  "job, position, role, occupation, job title, title",
  "begin, start, started, began",
  "finish, end, ended",
  "year, yr",
  "population, pop, inhabitant, people, resident",
  "gdp, gross domestic product",
  "zip, postal code, postcode, zip code, zipcode",
  "street, address",
  "latitude, lat",
  "longitude, lon, lng",
  "temperature, temp",
  "magnitude, mag",
  "precipitation, rain, rainfall",
  "vote, voted",
  "hire, hired, joined, recruited",
  "release, released, come out, came out",
  "create, created, made",
  "publish, published, publisher",
  "produce, produced, producer, manufactured, manufacturer, maker, make",
  "found, founded, founding, established, foundation",
  "origin, source, departure, from, depart, departing, leaving, leave, outgoing, outbound",
  "destination, arrival, arrive, arriving, incoming, inbound, landing",
  "airport, airfield",
  "language, tongue",
  "speed, velocity",
  "height, altitude, elevation",
  "discount, reduction",
  "cancel, canceled, cancelled",
  "enrolment, enrollment, enrolled, enroll, enrol",
  "owner, owned",
  "stock, inventory",
  "active, enabled",
  "smoker, smoking, smoke",
  "depth, deep",
  "income, earning",
  "budget, production cost",
  "horse power, horsepower",
  "life expectancy, lifespan, life span",
  "fertility, birth rate, children per woman",
  "composer, composed, wrote",
  "sell, sold, selling, sale, bought, buy, purchase, purchased, order, ordered",
];

function table(lines: readonly string[]): ReadonlyMap<string, readonly string[]> {
  const result = new Map<string, string[]>();
  for (const line of lines) {
    const members = words(line);
    for (const member of members) {
      const known = result.get(member) ?? [];
      known.push(...members.filter((one) => one !== member && !known.includes(one)));
      result.set(member, known);
    }
  }
  return result;
}

/** Other phrases for a phrase. */
export const synonyms: ReadonlyMap<string, readonly string[]> = table(synonymLines);

const abbreviations: Readonly<Record<string, string>> = {
  qty: "quantity",
  amt: "amount",
  dept: "department",
  emp: "employee",
  cust: "customer",
  prod: "product",
  num: "number",
  nbr: "number",
  addr: "address",
  cat: "category",
  mgr: "manager",
  org: "organization",
  acct: "account",
  inv: "invoice",
  desc: "description",
  yr: "year",
  tel: "phone",
  temp: "temperature",
  mfr: "manufacturer",
  lang: "language",
  loc: "location",
  pop: "population",
  perc: "percent",
  pct: "percent",
  mag: "magnitude",
  lat: "latitude",
  lon: "longitude",
  lng: "longitude",
  hp: "horsepower",
  fname: "first name",
  lname: "last name",
  dob: "birth",
  expect: "expectancy",
  precip: "precipitation",
  min: "minimum",
  max: "maximum",
  avg: "average",
  ref: "reference",
  govt: "government",
  univ: "university",
  sal: "salary",
  txn: "transaction",
  trans: "transaction",
  info: "information",
};

/** The word an abbreviation in a name stands for, or the word itself. */
export function expandAbbreviation(word: string): string {
  return Object.hasOwn(abbreviations, word) ? (abbreviations[word] ?? word) : word;
}

/** Roles in key fields and what kind of collection they point at. `self`: may point back at its own collection. */
export const roleNouns: readonly { readonly words: readonly string[]; readonly targets: readonly string[]; readonly self: boolean }[] = [
  {
    words: words("report to, reports to, manager, boss, supervisor, mentor, lead, team lead, superior"),
    targets: words("employee, staff, user, person, worker, member"),
    self: true,
  },
  {
    words: words(
      "rep, support rep, sales rep, agent, clerk, salesperson, representative, assignee, assigned to, handled by, sold by, handler, consultant, account manager",
    ),
    targets: words("employee, staff, user, person, worker, agent"),
    self: false,
  },
  { words: words("parent, parent category, predecessor, previous, next, replaced by, duplicate of, original"), targets: [], self: true },
  {
    words: words(
      "owner, author, creator, created by, updated by, writer, reviewer, reporter, instructor, teacher, buyer, seller, sender, recipient, borrower, tenant, host, guest, head, leader, captain",
    ),
    targets: words("user, person, employee, member, customer, author, teacher, instructor, account, player"),
    self: false,
  },
];

/** Field names that hold what a thing is called, best first. */
export const nameFields: readonly string[] = words(
  "name, title, label, full name, display name, caption, subject, heading, username, code, iata, symbol, sku, description, email",
);

/** Verbs and nouns of trade: "spent", "revenue". `money` asks for amounts, `units` for pieces. */
export const trade: Readonly<Record<"money" | "units", ReadonlySet<string>>> = {
  money: setOf(
    "spent, spend, spending, spends, revenue, turnover, earned, earn, income, paid, pay, invoiced, billed, takings, money, earning, earnings, proceeds, spender, spenders, expenditure, sales, sale, grossed, paying",
  ),
  units: setOf(
    "sell, sells, sold, selling, bought, buy, buys, buying, purchased, purchase, purchases, ordered, order, best-selling, bestselling, seller, sellers",
  ),
};

/** Names of fields that hold amounts of money for a whole row, best first. */
export const moneyFields: readonly string[] = words(
  "total, amount, revenue, total amount, grand total, total price, sale, turnover, payment, paid, subtotal, sum, spent, earning, net, gross, fee, charge, donation, sales amount, order total, invoice total",
);
/** Names of fields that hold the price of one piece. */
export const unitPriceFields: readonly string[] = words("unit price, price, price each, price per unit, sale price, item price, rate");
/** Names of fields that hold a number of pieces. */
export const quantityFields: readonly string[] = words(
  "quantity, qty, unit, piece, quantity ordered, units sold, copies, number sold, sold, count",
);
/** Names of the field that holds what a thing comes to. */
export const amountWords: readonly string[] = words("total, amount, total amount, grand total, sum, subtotal");

/** Names of a field that says how many things a row stands for. */
export const tallyFields: ReadonlySet<string> = setOf("count, cnt, n, frequency, freq, tally, occurrences");

/** Words in the names of fields that add up over rows. */
export const additiveWords: ReadonlySet<string> = setOf(
  "population, total, amount, quantity, sale, revenue, gross, death, vote, count, cost, profit, unit, visitor, passenger, attendance, goal, point, production, budget, casualty, case, stock",
);

/** Prefer these in a tie between fields that differ in one word only. */
export const generalWords: ReadonlySet<string> = setOf(
  "total, worldwide, overall, global, world, grand, combined, all, full, main, primary, average, mean",
);

/** Directions in space: the prepositions and verbs that say which of two like fields is meant. */
export const directions: readonly { readonly cues: ReadonlySet<string>; readonly fields: ReadonlySet<string> }[] = [
  {
    cues: setOf(
      "from, departing, depart, departs, departed, leaving, leave, leaves, outgoing, outbound, originating, originate, starting, departure, departures, out of",
    ),
    fields: setOf("origin, source, from, departure, start, sender, src, orig"),
  },
  {
    cues: setOf(
      "to, arriving, arrive, arrives, arrived, incoming, inbound, landing, into, toward, towards, arrival, arrivals, receive, receives, received, receiving, ending, bound for, land",
    ),
    fields: setOf("destination, dest, to, arrival, target, end, recipient, receiver, dst"),
  },
];

/** Words for people, to whom a bare number after "over" is an age. */
export const personWords: ReadonlySet<string> = setOf(
  "person, people, man, woman, male, female, boy, girl, adult, customer, client, buyer, employee, worker, patient, student, user, member, passenger, borrower, player, resident, author, teacher, doctor, owner, subscriber, guest, actor, director, singer",
);

/** Where people or things come from, to the names of countries. */
export const demonyms: Readonly<Record<string, readonly string[]>> = Object.fromEntries(
  `american=usa|united states|us|u s a|united states of america;usa=united states|us|united states of america;us=usa|united states;united states=usa|us;america=usa|united states;
  british=united kingdom|uk|great britain|england;uk=united kingdom|great britain;united kingdom=uk|great britain;english=england|united kingdom;britain=united kingdom|uk;
  german=germany;french=france;spanish=spain;italian=italy;japanese=japan;chinese=china;brazilian=brazil;canadian=canada;mexican=mexico;indian=india;australian=australia;
  russian=russia;dutch=netherlands;portuguese=portugal;polish=poland;swedish=sweden;norwegian=norway;danish=denmark;finnish=finland;irish=ireland;scottish=scotland;
  austrian=austria;swiss=switzerland;belgian=belgium;greek=greece;turkish=turkey;czech=czech republic|czechia;hungarian=hungary;romanian=romania;argentinian=argentina;argentine=argentina;
  chilean=chile;peruvian=peru;colombian=colombia;venezuelan=venezuela;cuban=cuba;korean=south korea|korea;thai=thailand;vietnamese=vietnam;indonesian=indonesia;
  pakistani=pakistan;bangladeshi=bangladesh;egyptian=egypt;nigerian=nigeria;kenyan=kenya;israeli=israel;iranian=iran;iraqi=iraq;ukrainian=ukraine;european=europe;asian=asia;african=africa;
  men=male|man|m;man=male|m;male=m|man;women=female|woman|f;woman=female|f;female=f|woman;females=female|f;males=male|m;boys=male|m|boy;girls=female|f|girl;
  alabama=al;alaska=ak;arizona=az;arkansas=ar;california=ca;colorado=co;connecticut=ct;delaware=de;florida=fl;georgia=ga;
  hawaii=hi;idaho=id;illinois=il;indiana=in;iowa=ia;kansas=ks;kentucky=ky;louisiana=la;maine=me;maryland=md;
  massachusetts=ma;michigan=mi;minnesota=mn;mississippi=ms;missouri=mo;montana=mt;nebraska=ne;nevada=nv;new hampshire=nh;new jersey=nj;
  new mexico=nm;new york=ny;north carolina=nc;north dakota=nd;ohio=oh;oklahoma=ok;oregon=or;pennsylvania=pa;rhode island=ri;south carolina=sc;
  south dakota=sd;tennessee=tn;texas=tx;utah=ut;vermont=vt;virginia=va;washington=wa;west virginia=wv;wisconsin=wi;wyoming=wy`
    .split(";")
    .map((line) => line.trim().split("="))
    .map(([from, to]): [string, readonly string[]] => [from ?? "", (to ?? "").split("|")]),
);

/** Numbers written as words. */
export const numberWords: Readonly<Record<string, number>> = {
  zero: 0,
  one: 1,
  two: 2,
  three: 3,
  four: 4,
  five: 5,
  six: 6,
  seven: 7,
  eight: 8,
  nine: 9,
  ten: 10,
  eleven: 11,
  twelve: 12,
  fifteen: 15,
  twenty: 20,
  thirty: 30,
  forty: 40,
  fifty: 50,
  hundred: 100,
  thousand: 1000,
  dozen: 12,
  once: 1,
  twice: 2,
};

/** The months, January first. */
export const months: readonly string[] = words(
  "january, february, march, april, may, june, july, august, september, october, november, december",
);
/** The days of the week, Sunday first. */
export const weekdays: readonly string[] = words("sunday, monday, tuesday, wednesday, thursday, friday, saturday");
