#!/usr/bin/env node
import { parseArgs } from "node:util";
import { createDataTools, DataToolsError } from "./index.ts";

const help = `data-tools [--http PORT] [--allow-writes] [--skip-broken] [DATA_DIR]

Serves data as MCP tools over standard input and output, or over HTTP on 127.0.0.1 with --http (0 takes a free port).
Without DATA_DIR (or the variable of that name) the sample data of vega-datasets is served; with MONGO_URI, that database.
  --allow-writes   also list the tools that write (or ALLOW_WRITES=true)
  --skip-broken    leave out files that cannot be read instead of refusing to start`;

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      http: { type: "string" },
      "allow-writes": { type: "boolean" },
      "skip-broken": { type: "boolean" },
      help: { type: "boolean", short: "h" },
    },
  });
  if (values.help === true) return console.log(help);
  if (positionals.length > 1) throw new DataToolsError("BAD_ARGUMENT", "Only one data folder can be given.");
  const { DATA_DIR, MONGO_URI, ALLOW_WRITES } = process.env;
  const tools = createDataTools({
    dataDir: positionals[0] ?? (DATA_DIR === "" ? undefined : DATA_DIR),
    mongoUri: MONGO_URI === "" ? undefined : MONGO_URI,
    readOnly: values["allow-writes"] !== true && ALLOW_WRITES !== "true",
    skipBroken: values["skip-broken"],
  });
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => void tools.close());
  if (values.http === undefined) {
    const ended = tools.serveStdio();
    await tools.ready();
    await ended;
    await tools.close();
    return;
  }
  await tools.ready();
  const { url } = await tools.listen({ port: portNumber(values.http) });
  console.error(`data-tools listens on ${url}`);
}

function portNumber(text: string): number {
  const port = Number(text);
  if (!/^\d+$/.test(text) || port > 65_535) throw new DataToolsError("BAD_ARGUMENT", `--http needs a port number, not "${text}".`);
  return port;
}

main().catch((error: unknown) => {
  const code = error instanceof DataToolsError ? ` ${error.code}` : "";
  console.error(`data-tools:${code} ${error instanceof Error ? error.message : String(error)}`);
  process.exit(1);
});
