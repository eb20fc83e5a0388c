/** Nothing connected answers these: no number, no row and no passage is right. */
export const outside: readonly string[] = [
  "What's the weather today?",
  "Will it rain tomorrow in Berlin?",
  "Who won the world cup?",
  "Who won the 2018 FIFA World Cup final?",
  "Should I take ibuprofen for a headache?",
  "I have chest pain, what should I do?",
  "Is it safe to mix alcohol and antidepressants?",
  "What is the meaning of life?",
  "Can you recommend a good restaurant nearby?",
  "What time is it?",
  "What day is today?",
  "How old are you?",
  "Do you love me?",
  "Tell me a joke",
  "Write a poem about the sea",
  "Translate good morning into French",
  "How do I cook spaghetti carbonara?",
  "Who is the president of the United States?",
  "What is the capital of Australia?",
  "Should I buy Tesla shares?",
  "What is the price of bitcoin right now?",
  "How do I get a divorce?",
  "Is my landlord allowed to raise the rent?",
  "Fix my printer",
  "Write a python function that sorts a list",
  "What is 17 times 23?",
  "What is the square root of 2?",
  "How far away is the moon?",
  "When was the French Revolution?",
  "Who painted the Mona Lisa?",
  "Who wrote Hamlet?",
  "Why is the sky blue?",
  "Am I pregnant?",
  "How many calories are in an apple?",
  "What is my account balance?",
  "Where did I leave my keys?",
  "Book me a flight to Rome",
  "What did my wife say yesterday?",
  "Which political party should I vote for?",
  "How do vaccines work?",
];

/** Two questions in one: a number or a name the data holds, and what another place tells. */
export interface Mixed {
  readonly ask: string;
  /** Found in what the data answers. */
  readonly data: string;
  /** Where the other part comes from: the document cited, or the schema. */
  readonly other: { readonly cites: string } | "schema";
}

export const mixed: readonly Mixed[] = [
  { ask: "How many movies did Steven Spielberg direct and what is the movies data set about?", data: "23", other: { cites: "movies" } },
  { ask: "What is the penguins data set about and how many penguins are there?", data: "344", other: { cites: "penguins" } },
  { ask: "How many cars are from Japan, and what is the cars data set about?", data: "79", other: { cites: "cars" } },
  {
    ask: "How many airports are in Texas (TX)? Also, where does the airports data set come from?",
    data: "209",
    other: { cites: "airports" },
  },
  { ask: "What fields does the cars table have and how many cars are there?", data: "406", other: "schema" },
  { ask: "How many penguins live on Dream and which columns does the penguins collection have?", data: "124", other: "schema" },
  { ask: "Who collected the penguins data, and how many species are there?", data: "3", other: { cites: "penguins" } },
  { ask: "List the columns of movies. How many movies are there?", data: "3,201", other: "schema" },
  { ask: "How many cars have 8 cylinders; what is the source of the cars data?", data: "108", other: { cites: "cars" } },
  { ask: "What is the weather data set about, and how many rainy days did Seattle have?", data: "641", other: { cites: "weather" } },
  { ask: "Summarize the gapminder data set and tell me the life expectancy of Japan in 2005", data: "82.5", other: { cites: "gapminder" } },
  {
    ask: "How many flights are there from SEA to SFO, and what does the airports data set contain?",
    data: "5,409",
    other: { cites: "airports" },
  },
  {
    ask: "what is the disasters dataset about? and how many deaths did floods cause in 1931?",
    data: "3,700,000",
    other: { cites: "disasters" },
  },
  { ask: "Which car is the heaviest and where is the cars data from?", data: "pontiac safari", other: { cites: "cars" } },
  { ask: "Give me the number of movies rated R, and explain what the movies data set is", data: "1,194", other: { cites: "movies" } },
  { ask: "Explain the barley data set and count the rows of barley", data: "120", other: { cites: "barley" } },
  { ask: "What's the movies dataset about, and which movie had the highest worldwide gross?", data: "Avatar", other: { cites: "movies" } },
  { ask: "how many countries are in each region and which fields does countries have", data: "america", other: "schema" },
  {
    ask: "What is the license of the penguins data and what is the average body mass of the penguins?",
    data: "4,201",
    other: { cites: "penguins" },
  },
  { ask: "Show the schema of penguins, then count the penguins per species", data: "Adelie", other: "schema" },
];

/** Asked so that more than one thing of the data may be meant: asked back, and every choice works. */
export const ambiguous: readonly string[] = [
  "How many are there from the USA?",
  "How many rows have the country Japan?",
  "What is the highest population?",
  "average temperature",
  "How many in California?",
  "Show everything from 1980",
  "total count",
  "What is the average income?",
  "highest price",
  "What was the population of India?",
  "How many items are from Europe?",
  "List the names",
  "average weight",
  "How many have 4?",
  "maximum date",
  "How many records mention Seattle?",
  "Which year has the most?",
  "average year",
  "How many per country?",
  "top 5 by count",
];
