import { describe, expect, it } from "vitest";
import { configFromEnv } from "../../src/config/index.ts";
import { isOrchestratorError } from "../../src/errors.ts";

function failure(env: Record<string, string>): string {
  try {
    configFromEnv(env);
  } catch (error) {
    if (isOrchestratorError(error, "CONFIG_INVALID")) return error.message;
    throw error;
  }
  throw new Error("the environment was accepted");
}

describe("configFromEnv", () => {
  it("has a default for everything", () => {
    expect(configFromEnv({})).toMatchObject({ host: "127.0.0.1", port: 8000, logLevel: "info", allowWrites: false });
  });

  it("reads the documented variables and turns seconds into milliseconds", () => {
    const settings = configFromEnv({
      PORT: "9000",
      QUERY_TIMEOUT: "300",
      RESULT_CACHE_TTL: "3600",
      GROQ_API_KEY: "k",
      GROQ_MODEL_NAME: "m",
      LOG_LEVEL: "DEBUG",
    });
    expect(settings).toMatchObject({
      port: 9000,
      queryTimeoutMs: 300_000,
      resultTtlMs: 3_600_000,
      groq: { apiKey: "k", model: "m" },
      logLevel: "debug",
    });
  });

  it("allows no warming unless it is told how much", () => {
    expect(configFromEnv({}).warming).toBeUndefined();
    expect(configFromEnv({ WARM_PER_HOUR: "0" }).warming).toBeUndefined();
    expect(configFromEnv({ WARM_PER_HOUR: "20" }).warming).toEqual({ maxPerHour: 20, maxUsdPerHour: 0.1 });
    expect(configFromEnv({ WARM_PER_HOUR: "20", WARM_CENTS_PER_HOUR: "250" }).warming).toEqual({ maxPerHour: 20, maxUsdPerHour: 2.5 });
    expect(failure({ WARM_PER_HOUR: "-1" })).toMatch(/WARM_PER_HOUR must be a whole number/);
  });

  it("takes an empty variable as absent", () => {
    expect(configFromEnv({ REDIS_URL: "", GROQ_API_KEY: " " })).toMatchObject({ redisUrl: undefined, groq: undefined });
  });

  it("names every wrong variable and repeats no value", () => {
    const message = failure({ PORT: "eighty", REDIS_URL: "http://user:hunter2@host", ALLOW_WRITES: "yes" });
    expect(message).toMatch(/PORT must be a whole number/);
    expect(message).toMatch(/REDIS_URL must be an address/);
    expect(message).toMatch(/ALLOW_WRITES must be true or false/);
    expect(message).not.toContain("hunter2");
  });
});
