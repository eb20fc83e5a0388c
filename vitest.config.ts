import { availableParallelism } from "node:os";
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
    // A busy machine is slow, not wrong.
    expect: { poll: { timeout: 10_000 } },
    // Most tests wait for servers and processes of their own, so every core may have one.
    maxWorkers: Math.max(2, availableParallelism()),
  },
});
