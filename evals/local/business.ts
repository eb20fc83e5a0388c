import { clinicQuestions, readClinic } from "./business/clinic.ts";
import { helpdeskQuestions, readHelpdesk } from "./business/helpdesk.ts";
import { readShop, shopQuestions } from "./business/shop.ts";
import { type DataSet, dataSet } from "./data-set.ts";

/** Data as businesses keep it, made up from seeds; the questions were written down, with their answers, before any was asked. */
export const business = (): readonly DataSet[] => [
  dataSet("A shop whose money is on the lines", readShop(), shopQuestions),
  dataSet("A helpdesk", readHelpdesk(), helpdeskQuestions),
  dataSet("A clinic and its staff", readClinic(), clinicQuestions),
];
