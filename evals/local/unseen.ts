import { type DataSet, dataSet } from "./data-set.ts";
import { airlineQuestions, readAirlines } from "./unseen/airlines.ts";
import { airportQuestions, readAirports } from "./unseen/airports.ts";
import { browserQuestions, readBrowsers } from "./unseen/browsers.ts";
import { cardQuestions, readCards } from "./unseen/cards.ts";
import { countryQuestions, readCountries } from "./unseen/countries.ts";
import { creatureQuestions, readCreatures } from "./unseen/creatures.ts";
import { cssQuestions, readCss } from "./unseen/css.ts";
import { currencyQuestions, readCurrencies } from "./unseen/currencies.ts";
import { elementQuestions, readElements } from "./unseen/elements.ts";
import { emojiQuestions, readEmoji } from "./unseen/emoji.ts";
import { fontQuestions, readFonts } from "./unseen/fonts.ts";
import { foodQuestions, readFoods } from "./unseen/foods.ts";
import { networkQuestions, readNetworks } from "./unseen/networks.ts";
import { nodeReleaseQuestions, readNodeReleases } from "./unseen/node-releases.ts";
import { officeQuestions, readOffice } from "./unseen/office.ts";
import { readSeries, seriesQuestions } from "./unseen/series.ts";
import { readStations, stationQuestions } from "./unseen/stations.ts";
import { readZones, zoneQuestions } from "./unseen/zones.ts";

/** Data sets whose questions were written down before any of them was asked, and are not changed to suit the answers. */
export const unseen = async (): Promise<readonly DataSet[]> => [
  dataSet("Countries, one fact a collection", readCountries(), countryQuestions),
  dataSet("Chemical elements", readElements(), elementQuestions),
  dataSet("A trading card game", readCards(), cardQuestions),
  dataSet("An office's sheets", await readOffice(), officeQuestions),
  dataSet("Airports", readAirports(), airportQuestions),
  dataSet("Railway stations", readStations(), stationQuestions),
  dataSet("Time zones", readZones(), zoneQuestions),
  dataSet("Browsers and their releases", readBrowsers(), browserQuestions),
  dataSet("Style sheets", readCss(), cssQuestions),
  dataSet("Mobile networks", readNetworks(), networkQuestions),
  dataSet("Releases of Node.js", readNodeReleases(), nodeReleaseQuestions),
  dataSet("Prices, temperatures and planets", readSeries(), seriesQuestions),
  dataSet("Airlines", readAirlines(), airlineQuestions),
  dataSet("Emojis", readEmoji(), emojiQuestions),
  dataSet("Creatures of a game", readCreatures(), creatureQuestions),
  dataSet("Currencies", readCurrencies(), currencyQuestions),
  dataSet("Fonts", readFonts(), fontQuestions),
  dataSet("Foods", readFoods(), foodQuestions),
];
