// Writes the JSON Schemas of workflow and agent files, for editors. A test says when they are out of date.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileSchemas } from "../packages/core/src/config/index.ts";

const folder = join(import.meta.dirname, "../examples/server/config");
for (const [name, schema] of Object.entries(fileSchemas()))
  writeFileSync(join(folder, `${name}.schema.json`), `${JSON.stringify(schema, null, 2)}\n`);
