import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { readDataPackage, type Resource } from "./datapackage.ts";
import { resourceDocument } from "./package-documents.ts";
import { readTable, readText } from "./read-table.ts";
import type { LoadedData, Table } from "./table.ts";

/** Which data sets of `vega-datasets` are served, and under what name. The others are documented but not loaded. */
const served: Readonly<Record<string, string>> = {
  movies: "movies",
  airports: "airports",
  flights_airport: "flights",
  gapminder_health_income: "countries",
  gapminder: "gapminder",
  cars: "cars",
  penguins: "penguins",
  earthquakes: "earthquakes",
  stocks: "stocks",
  sp500: "sp500",
  weather: "weather",
  disasters: "disasters",
  birdstrikes: "birdstrikes",
  jobs: "jobs",
  population: "population",
  football: "football",
  barley: "barley",
  burtin: "antibiotics",
  unemployment_across_industries: "unemployment",
  co2_concentration: "co2",
  global_temp: "global_temperature",
  us_state_capitals: "state_capitals",
  iowa_electricity: "electricity",
  monarchs: "monarchs",
};

/** Loads the sample data that comes with the npm package `vega-datasets`. */
export function loadSampleData(fileBytes: number): LoadedData {
  const root = dirname(dirname(fileURLToPath(import.meta.resolve("vega-datasets"))));
  const folder = join(root, "data");
  const { resources } = readDataPackage(readText(root, "datapackage.json", fileBytes), "datapackage.json");
  const documents = resources.flatMap((resource) => {
    const isShadowed = served[resource.name] === undefined && Object.values(served).includes(resource.name);
    if (resource.type === "file" || isShadowed) return [];
    return resourceDocument(resource, served[resource.name] ?? resource.name) ?? [];
  });
  return {
    source: "npm package vega-datasets",
    tables: resources.flatMap((resource) => table(folder, resource, fileBytes)),
    documents,
    skipped: [],
  };
}

function table(folder: string, resource: Resource, fileBytes: number): Table[] {
  const name = served[resource.name];
  return name === undefined || resource.path === undefined ? [] : [readTable(folder, resource.path, name, resource, fileBytes)];
}
