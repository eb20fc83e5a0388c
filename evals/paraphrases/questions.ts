/** One question in several wordings, and one that is near it and means something else. */
export interface Group {
  readonly ask: string;
  readonly same: readonly string[];
  readonly near: string;
}

/** Over the shipped sample data. */
export const groups: readonly Group[] = [
  {
    ask: "How many movies did Steven Spielberg direct?",
    same: [
      "number of movies directed by Steven Spielberg",
      "count the movies Steven Spielberg directed",
      "How many films are by director Steven Spielberg?",
    ],
    near: "How many movies did Tim Burton direct?",
  },
  {
    ask: "How many cars are from Japan?",
    same: [
      "count of cars from Japan",
      "number of cars with origin Japan",
      "How many Japanese-origin cars, that is origin Japan, are there?",
    ],
    near: "How many cars are from Europe?",
  },
  {
    ask: "What is the average horsepower of cars from Europe?",
    same: [
      "average horsepower for cars from Europe",
      "mean horsepower of European cars (origin Europe)",
      "cars with origin Europe: average horsepower",
    ],
    near: "What is the highest horsepower of cars from Europe?",
  },
  {
    ask: "Which airport has the most departing flights?",
    same: [
      "the airport with the most departing flights",
      "Which airport has the highest number of departing flights?",
      "airport with the largest number of departures",
    ],
    near: "Which airport has the fewest departing flights?",
  },
  {
    ask: "List the top 5 movies by worldwide gross",
    same: [
      "Show the five movies with the highest worldwide gross",
      "top five movies by worldwide gross",
      "What are the 5 movies with the largest worldwide gross?",
    ],
    near: "List the top 3 movies by worldwide gross",
  },
  {
    ask: "Average body mass of penguins per species",
    same: [
      "What is the average body mass for each species of penguins?",
      "mean body mass of penguins by species",
      "penguins: average body mass grouped by species",
    ],
    near: "Average body mass of penguins per island",
  },
  {
    ask: "How many penguins live on Biscoe?",
    same: ["number of penguins on Biscoe", "count penguins on the island Biscoe", "How many penguins are there on Biscoe island?"],
    near: "How many penguins live on Dream?",
  },
  {
    ask: "What is the life expectancy in Norway?",
    same: ["life expectancy in Norway", "Show me the life expectancy of Norway", "What's Norway's life expectancy?"],
    near: "What is the life expectancy in Sweden?",
  },
  {
    ask: "How many movies were released in 1999?",
    same: ["number of movies released in 1999", "count movies with a release date in 1999", "How many movies came out in 1999?"],
    near: "How many movies were released in 1998?",
  },
  {
    ask: "Which car has the highest horsepower?",
    same: ["the car with the most horsepower", "What is the car with the greatest horsepower?", "car with highest horsepower"],
    near: "Which car has the lowest horsepower?",
  },
  {
    ask: "How many airports are there per state?",
    same: ["number of airports per state", "count airports by state", "airports grouped by state, how many in each?"],
    near: "How many airports are there per country?",
  },
  {
    ask: "Total deaths from earthquakes",
    same: ["total number of deaths by earthquake", "sum of the deaths from Earthquake", "How many deaths did earthquakes cause in total?"],
    near: "Total deaths from floods",
  },
  {
    ask: "Average IMDB rating per genre",
    same: [
      "What is the average IMDB rating for each major genre?",
      "mean IMDB rating by genre",
      "average IMDB rating of movies grouped by genre",
    ],
    near: "Average running time per genre",
  },
  {
    ask: "How many days did it rain in Seattle?",
    same: ["number of rainy days in Seattle", "count of days with rain in Seattle", "On how many days was the weather in Seattle rain?"],
    near: "How many days did it snow in Seattle?",
  },
  {
    ask: "What was the highest maximum temperature in New York?",
    same: [
      "highest maximum temperature in New York",
      "the highest max temperature of New York",
      "What is the largest temp max in New York?",
    ],
    near: "What was the lowest maximum temperature in New York?",
  },
  {
    ask: "Movies with an IMDB rating above 8.5",
    same: [
      "list movies with IMDB rating over 8.5",
      "Which movies have an IMDB rating higher than 8.5?",
      "show movies whose IMDB rating is greater than 8.5",
    ],
    near: "Movies with an IMDB rating above 8.8",
  },
  {
    ask: "How many cars have 8 cylinders?",
    same: ["number of cars with 8 cylinders", "count the cars that have eight cylinders", "How many cars with 8 cylinders are there?"],
    near: "How many cars have 6 cylinders?",
  },
  {
    ask: "Which director made the most movies?",
    same: [
      "the director with the most movies",
      "Which director has the largest number of movies?",
      "director with the highest count of movies",
    ],
    near: "Which distributor made the most movies?",
  },
  {
    ask: "Median weight of cars per origin",
    same: [
      "median weight of cars by origin",
      "What is the median weight of the cars for each origin?",
      "cars: median weight grouped by origin",
    ],
    near: "Average weight of cars per origin",
  },
  {
    ask: "How many airports are in Texas?",
    same: ["number of airports in Texas", "count airports in the state TX", "How many airports does Texas have?"],
    near: "How many airports are in California?",
  },
];
