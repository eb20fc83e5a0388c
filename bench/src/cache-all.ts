// All that is measured of the cache, each in a process of its own; non-zero when any of it missed a target. `node bench/src/cache-all.ts`
import { spawnSync } from "node:child_process";

const parts = ["cache", "l2", "zipf", "vectors"];
const missed = parts.filter((part) => {
  console.log(`\n${part}`);
  const args = ["--conditions=@hydrogenai/source", "--no-warnings", `${import.meta.dirname}/${part}.ts`];
  return spawnSync(process.execPath, args, { stdio: "inherit" }).status !== 0;
});
console.log(missed.length === 0 ? "\nevery target met" : `\nmissed in: ${missed.join(", ")}`);
process.exitCode = missed.length === 0 ? 0 : 1;
