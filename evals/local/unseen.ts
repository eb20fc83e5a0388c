import { type DataSet, dataSet } from "./data-set.ts";
import { cardQuestions, readCards } from "./unseen/cards.ts";
import { countryQuestions, readCountries } from "./unseen/countries.ts";
import { elementQuestions, readElements } from "./unseen/elements.ts";

/** Data sets whose questions were written down before any of them was asked, and are not changed to suit the answers. */
export const unseen = (): readonly DataSet[] => [
  dataSet("Countries, one fact a collection", readCountries(), countryQuestions),
  dataSet("Chemical elements", readElements(), elementQuestions),
  dataSet("A trading card game", readCards(), cardQuestions),
];
