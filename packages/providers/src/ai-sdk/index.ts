export { type AsLanguageModelOptions, asLanguageModel } from "./as-language-model.ts";
export { type AiSdkModel, type FromAiSdkOptions, fromAiSdk } from "./from-ai-sdk.ts";
