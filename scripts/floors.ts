// Imports in packages/core/src only look down its floors, ports hold types only, and packages import nothing of each other but core.
import { globSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";

/** Top to bottom. Folders of one line may not import each other unless they are the same folder. */
const floors: readonly (readonly string[])[] = [
  ["index.ts", "testing", "config", "plugins"],
  ["orchestrator.ts"],
  ["engine"],
  ["workflows"],
  ["conversation", "agents"],
  ["classify", "plan", "guards"],
  ["telemetry"],
  ["resilience"],
  ["memory"],
  ["tools.ts", "provider.ts", "watchdog.ts"],
  ["clock.ts", "bag.ts", "random-id.ts"],
  ["defaults.ts", "schema-problem.ts", "canonical-json.ts"],
  ["errors.ts"],
  ["ports"],
];
const optionalPackages: Readonly<Record<string, string>> = { zod: "config", yaml: "config" };

/** Every import of a file with whether it is one of types only. */
function importsOf(source: string): { readonly from: string; readonly typeOnly: boolean; readonly dynamic: boolean }[] {
  const found: { from: string; typeOnly: boolean; dynamic: boolean }[] = [];
  for (const [, clause = "", from = ""] of source.matchAll(/^(?:import|export)\s+([^"';]*?)\s*from\s+"([^"]+)"/gm))
    found.push({ from, typeOnly: clause.startsWith("type ") || /^\{(\s*type [^,}]+,?)*\s*\}$/.test(clause), dynamic: false });
  for (const [, from = ""] of source.matchAll(/\bimport\("([^"]+)"\)/g)) found.push({ from, typeOnly: false, dynamic: true });
  return found;
}

const floorOf = (path: string): number => floors.findIndex((floor) => floor.some((name) => path === name || path.startsWith(`${name}/`)));

/** What is wrong with one file of core. */
export function problemsOfCore(path: string, source: string): string[] {
  const problems: string[] = [];
  const here = floorOf(path);
  if (here === -1) problems.push(`${path} stands on no floor`);
  if (path.startsWith("ports/") && /^export\s+(?!type|interface)/m.test(source)) problems.push(`${path} holds more than types`);
  for (const { from, typeOnly, dynamic } of importsOf(source)) {
    if (!from.startsWith(".")) {
      const folder = optionalPackages[from];
      if (folder !== undefined && !typeOnly && !dynamic && !path.startsWith(`${folder}/`))
        problems.push(`${path} imports ${from} outside ${folder}/`);
      continue;
    }
    const target = relative("/", join("/", dirname(path), from));
    const there = floorOf(target);
    const sameRoom = path.split("/")[0] === target.split("/")[0];
    if (!sameRoom && there <= here) problems.push(`${path} looks up to ${target}`);
  }
  return problems;
}

/** What is wrong with one file of another package. */
export function problemsOfPackage(name: string, path: string, source: string): string[] {
  return importsOf(source).flatMap(({ from }) => {
    const [, other] = /^@hydrogenai\/([^/]+)/.exec(from) ?? [];
    return other === undefined || other === "core" || other === name ? [] : [`${name}/${path} imports @hydrogenai/${other}`];
  });
}

if (import.meta.main) {
  const root = join(import.meta.dirname, "..", "packages");
  const problems = globSync("*/src/**/*.ts", { cwd: root }).flatMap((file) => {
    const [name = "", , ...rest] = file.split("/");
    const source = readFileSync(join(root, file), "utf8");
    return name === "core" ? problemsOfCore(rest.join("/"), source) : problemsOfPackage(name, rest.join("/"), source);
  });
  for (const problem of problems) console.error(problem);
  console.log(problems.length === 0 ? "floors: every import looks down" : `floors: ${problems.length} problems`);
  process.exitCode = problems.length === 0 ? 0 : 1;
}
