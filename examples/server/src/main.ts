import { configFromEnv } from "@hydrogenai/core/config";
import { isOrchestratorError } from "@hydrogenai/core";
import closeWithGrace from "close-with-grace";
import { isLoopback } from "./loopback.ts";
import { createService } from "./service.ts";
import { wire } from "./wiring.ts";

const questions = [
  "How many movies did Steven Spielberg direct?",
  "Which 5 airports have the most departing flights?",
  "What is the movies data set about?",
];

async function main(): Promise<void> {
  const settings = configFromEnv(process.env);
  const wiring = await wire(settings);
  // On this machine only, whoever reaches the port may run the operations too; bound to a network, nobody may without roles.
  for (const problem of wiring.problems) console.error(`left out: ${problem}`);
  const localOnly = isLoopback(settings.host);
  const principal = localOnly ? { id: "local", roles: ["operator"] } : undefined;
  const logLevel = process.env["LOG_LEVEL"] === undefined ? "warn" : settings.logLevel;
  const app = await createService(wiring, { principal, localOnly, logLevel });
  closeWithGrace({ delay: 25_000 }, async ({ err }) => {
    if (err) console.error(err);
    await app.close();
  });
  const address = await app.listen({ host: settings.host, port: settings.port });

  const vendors =
    wiring.configured.providers.length > 0 ? wiring.configured.providers.join(", then ") : "none: answers come from the local tier";
  console.log(
    `\nHydrogenAI Orchestrator listens on ${address}\n  data: ${wiring.configured.mcp}\n  models: ${vendors}\n\nOpen ${address} in a browser, or ask:`,
  );
  for (const question of questions)
    console.log(`  curl -s ${address}/api/query -H 'content-type: application/json' -d '${JSON.stringify({ query: question })}'`);

  const [question] = questions;
  if (settings.dataDir === undefined && settings.mongoUri === undefined && settings.mcpServerUrl === undefined) {
    const { text, type, timings } = await wiring.orchestrator.query(question!);
    console.log(`\n> ${question}\n${text}\n(${type}, ${timings.totalMs.toFixed(0)} ms with the first look at the data)\n`);
  }
}

main().catch((error: unknown) => {
  console.error(isOrchestratorError(error) ? `${error.code}: ${error.message}` : error);
  process.exitCode = 1;
});
