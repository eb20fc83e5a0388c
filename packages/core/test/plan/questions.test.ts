import { beforeAll, describe, expect, it } from "vitest";
import { type Asked, asked, type Case, isRight } from "./ask.ts";
import { chinookQuestions } from "./chinook-questions.ts";
import { clinic } from "./clinic.ts";
import { chinook, type Data, vega } from "./data.ts";
import { clinicQuestions, shopQuestions } from "./invented-questions.ts";
import { shop } from "./shop.ts";
import { sqliteTools } from "./sqlite.ts";
import { vegaQuestions } from "./vega-questions.ts";

const chinookData = chinook();
if (!chinookData) console.log("skipped: the questions over Chinook, whose data is not on this machine");

const sets: readonly { readonly name: string; readonly data: Data | undefined; readonly questions: readonly Case<Data>[] }[] = [
  { name: "vega-datasets", data: vega(), questions: vegaQuestions },
  { name: "Chinook", data: chinookData, questions: chinookQuestions },
  { name: "a clinic", data: clinic(), questions: clinicQuestions },
  { name: "a shop", data: shop(), questions: shopQuestions },
];

for (const form of ["documents", "SQL"] as const) {
  for (const { name, data, questions } of sets) {
    describe.skipIf(!data)(`questions over ${name} as ${form}`, () => {
      let source: Asked;
      beforeAll(async () => {
        if (data) source = await asked(data, form === "SQL" ? sqliteTools(data) : undefined);
      });
      it.each(questions.map((one) => [one.question, one] as const))("%s", async (question, one) => {
        const { outcome, rows } = await source.ask(question);
        if (one.refuse) {
          expect(outcome.kind).not.toBe("plan");
          return;
        }
        expect(outcome.kind === "plan" ? "plan" : outcome.reason).toBe("plan");
        const wanted = data && one.expect(data);
        expect(
          isRight(rows, wanted, one.ordered),
          `${JSON.stringify(rows.slice(0, 3))} instead of ${JSON.stringify(wanted).slice(0, 300)}`,
        ).toBe(true);
      });
    });
  }
}
