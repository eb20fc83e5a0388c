// Runs on the machine's own Node (18 or newer) and needs nothing installed.
// Installs the pinned dependencies when they are missing or stale, then runs
// the given tool under the Node that the dependencies bring.
import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { constants } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const PNPM = "pnpm@12.21.0";
const MIN_NODE = [24, 11];
const root = dirname(dirname(fileURLToPath(import.meta.url)));
const bin = join(root, "node_modules", ".bin");
const stampFile = join(root, "node_modules", ".bootstrap-stamp");
const windows = process.platform === "win32";

function fail(message, code = 1) {
  console.error(`\n${message}\n`);
  process.exit(code);
}

// The child gets the signals too (same process group, or forwarded), so Ctrl-C and SIGTERM stop the whole tree.
function run(command, args, env = process.env) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { stdio: "inherit", cwd: root, env, shell: windows });
    const forward = (signal) => child.kill(signal);
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, forward);
    child.on("error", (error) => fail(`could not run ${command}: ${error.message}`));
    child.on("exit", (code, signal) => resolve(signal ? 128 + constants.signals[signal] : (code ?? 1)));
  });
}

function stamp() {
  const hash = createHash("sha256");
  for (const file of ["pnpm-lock.yaml", "package.json"]) hash.update(readFileSync(join(root, file)));
  return hash.update(`${process.platform}-${process.arch}-${PNPM}`).digest("hex");
}

async function install() {
  const wanted = stamp();
  if (existsSync(stampFile) && readFileSync(stampFile, "utf8") === wanted) return;
  console.error(`Installing dependencies with ${PNPM} (only when the lockfile changed) ...`);
  rmSync(stampFile, { force: true });
  const args = ["--yes", PNPM, "install", "--frozen-lockfile", "--reporter=append-only"];
  const code = await run("npx", args, { ...process.env, CI: "true" });
  if (code !== 0) fail(`The installation failed (exit ${code}). It needs the npm registry to be reachable.`, code);
  writeFileSync(stampFile, wanted);
}

await install();
const env = { ...process.env, PATH: `${bin}${delimiter}${process.env.PATH}` };
const found = spawnSync("node", ["-p", "process.versions.node"], { env, encoding: "utf8", shell: windows });
const version = found.stdout?.trim() || "0.0";
const [major = 0, minor = 0] = version.split(".").map(Number);
if (major < MIN_NODE[0] || (major === MIN_NODE[0] && minor < MIN_NODE[1]))
  fail(
    `This needs Node ${MIN_NODE.join(".")} or newer and found ${version}. ` +
      `No Node binary is packaged for ${process.platform}-${process.arch}: install one yourself.`,
  );

const [tool, ...args] = process.argv.slice(2);
if (!tool) process.exit(0);
process.exit(await (tool === "pnpm" ? run("npx", ["--yes", PNPM, ...args], env) : run(tool, args, env)));
