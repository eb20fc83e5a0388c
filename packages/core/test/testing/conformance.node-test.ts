// The kits under node:test, unchanged; run by kits.test.ts.
import { describe, it } from "node:test";
import { kits } from "./kits.ts";

for (const { port, run } of kits) void describe(port, () => run(it));
