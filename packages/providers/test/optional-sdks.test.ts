import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

/** What a program says in a process where none of the optional packages is installed. */
function withoutSdks(program: string): unknown {
  const script = `
    import { registerHooks } from "node:module";
    const optional = ["openai", "groq-sdk", "@anthropic-ai/sdk", "ai", "@ai-sdk/provider", "@modelcontextprotocol/client"];
    registerHooks({
      resolve(specifier, context, next) {
        if (!optional.includes(specifier)) return next(specifier, context);
        throw Object.assign(new Error("not installed: " + specifier), { code: "ERR_MODULE_NOT_FOUND" });
      },
    });
    const hello = { messages: [{ role: "user", content: "hello" }] };
    const failure = (asked) => asked.then(() => "a success", ({ code, message }) => ({ code, message }));
    ${program}`;
  const args = ["--conditions=@hydrogenai/source", "--no-warnings", "--input-type=module", "-e", script];
  const { stdout, stderr } = spawnSync(process.execPath, args, { cwd: join(import.meta.dirname, ".."), encoding: "utf8" });
  if (stderr !== "") throw new Error(stderr);
  return JSON.parse(stdout);
}

describe("without the vendors' SDKs", () => {
  it.each([
    ["openai", 'openai({ apiKey: "sk-1", model: "m" })', "openai"],
    ["openai-compatible", 'openaiCompatible({ name: "local", baseURL: "http://127.0.0.1:1/v1", model: "m" })', "openai"],
    ["groq", 'groq({ apiKey: "gsk-1", model: "m" })', "groq-sdk"],
    ["anthropic", 'anthropic({ apiKey: "sk-1", model: "m" })', "@anthropic-ai/sdk"],
  ] as const)("/%s is imported and made, and the first call says what to install", (subpath, make, sdk) => {
    const name = make.slice(0, make.indexOf("("));
    const said = withoutSdks(`
      const { ${name} } = await import("@hydrogenai/providers/${subpath}");
      console.log(JSON.stringify(await failure(${make}.generate(hello))));`);
    expect(said).toMatchObject({ code: "MISSING_DEPENDENCY", message: expect.stringContaining(`npm install ${sdk}@`) });
  });

  it("/ai-sdk works, both ways", () => {
    const said = withoutSdks(`
      const { asLanguageModel, fromAiSdk } = await import("@hydrogenai/providers/ai-sdk");
      const { scriptedProvider } = await import("@hydrogenai/core/testing");
      const provider = fromAiSdk(asLanguageModel(scriptedProvider("It works.", new Error("down"))));
      console.log(JSON.stringify([(await provider.generate(hello)).text, await failure(provider.generate(hello))]));`);
    expect(said).toMatchObject(["It works.", { code: "PROVIDER_FAILED" }]);
  });
});
