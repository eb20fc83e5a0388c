import { defineConfig } from "vitest/config";

const conditions = ["@hydrogenai/source"];

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions: [...conditions, "module", "node", "development|production"] } },
  test: {
    globalSetup: ["test/services.ts"],
    include: ["test/**/*.test.ts", "packages/*/test/**/*.test.ts", "examples/*/test/**/*.test.ts", "evals/test/**/*.test.ts"],
    execArgv: ["--conditions=@hydrogenai/source"],
    testTimeout: 20_000,
  },
});
