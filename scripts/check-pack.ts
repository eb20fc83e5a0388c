// Packs every package as it would be published, checks the tarballs, installs them in an empty project and runs a query there.
import { execFileSync } from "node:child_process";
import { cpSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const root = join(import.meta.dirname, "..");
const folder = mkdtempSync(join(tmpdir(), "pack-"));
const run = (command: string, args: readonly string[], cwd = root): string => {
  try {
    return execFileSync(command, args, { cwd, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
  } catch (error) {
    const { stdout, stderr } = error as { stdout?: string; stderr?: string };
    throw new Error(`${command} ${args.join(" ")} failed:\n${stdout ?? ""}${stderr ?? ""}`, { cause: error });
  }
};
const pnpm = ["--yes", "pnpm@12.21.0"];

try {
  const names = readdirSync(join(root, "packages"));
  const tarballs: Record<string, string> = {};
  for (const name of names) {
    run("npx", [...pnpm, "pack", "--pack-destination", folder], join(root, "packages", name));
    const file = readdirSync(folder).find((file) => file.startsWith(`hydrogenai-${name}-`) && file.endsWith(".tgz"));
    if (file === undefined) throw new Error(`pnpm pack made no tarball of ${name}`);
    tarballs[`@hydrogenai/${name}`] = join(folder, file);
    run("publint", ["--strict", join(folder, file)]);
    run("attw", ["--profile", "esm-only", join(folder, file)]);
    console.log(`pack: ${file} passes publint and attw`);
  }
  const project = join(folder, "project");
  cpSync(join(root, "test", "consumer"), project, { recursive: true });
  const dependencies = Object.fromEntries(Object.entries(tarballs).map(([name, file]) => [name, `file:${file}`]));
  writeFileSync(join(project, "package.json"), JSON.stringify({ type: "module", private: true, dependencies }));
  writeFileSync(
    join(project, "pnpm-workspace.yaml"),
    `packages: []\noverrides:\n${Object.entries(dependencies)
      .map(([name, file]) => `  "${name}": "${file}"`)
      .join("\n")}\n`,
  );
  run("npx", [...pnpm, "install", "--prod", "--reporter=silent"], project);
  run("tsc", ["-p", project]);
  console.log(`pack: ${run("node", ["main.js"], project).trim()}`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
