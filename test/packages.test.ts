import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

interface Manifest {
  readonly name: string;
  readonly exports: Readonly<Record<string, string | Readonly<Record<string, string>>>>;
  readonly publishConfig: { readonly exports: Manifest["exports"] };
  readonly [key: string]: unknown;
}

const root = join(import.meta.dirname, "..");
const manifests = globSync("packages/*/package.json", { cwd: root }).map(
  (file) => JSON.parse(readFileSync(join(root, file), "utf8")) as Manifest,
);

describe.each(manifests)("$name", (manifest) => {
  it("is an ESM package like its siblings", () => {
    expect(manifest).toMatchObject({
      type: "module",
      license: "MIT",
      sideEffects: false,
      engines: { node: ">=22.19" },
      files: ["dist", "!dist/**/*.tsbuildinfo"],
    });
  });
  it("publishes the same entry points, without the sources", () => {
    expect(Object.keys(manifest.publishConfig.exports)).toEqual(Object.keys(manifest.exports));
    expect(JSON.stringify(manifest.publishConfig)).not.toContain("source");
  });
});

it("core's public names are these", async () => {
  const core = await import("../packages/core/src/index.ts");
  expect(Object.keys(core).sort()).toMatchSnapshot();
});
