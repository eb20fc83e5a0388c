// The transports beside the plain clients they use, on private servers, as ratios within one run.
import { jetstreamFigures } from "./transports/jetstream.ts";
import { redisFigures } from "./transports/redis.ts";

const targets = [...(await redisFigures()), ...(await jetstreamFigures())];
console.log("\ntargets");
for (const { name, ratio, atLeast } of targets)
  console.log(`  ${ratio >= atLeast ? "met   " : "MISSED"} ${name}: ${ratio.toFixed(2)} (at least ${atLeast})`);
process.exitCode = targets.every(({ ratio, atLeast }) => ratio >= atLeast) ? 0 : 1;
