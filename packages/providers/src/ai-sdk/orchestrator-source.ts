import {
  type CallOptions,
  type Completion,
  type Json,
  type Message,
  type ModelEvent,
  type ModelRequest,
  type Orchestrator,
  ProviderError,
  type Query,
  type QueryResult,
} from "@hydrogenai/core";

/** What both providers and orchestrators can be asked. `metadata` is what else is known of the answer. */
export interface Source {
  readonly name: string;
  readonly generate: (request: ModelRequest, options?: CallOptions) => Promise<Completion & Told>;
  readonly stream: (request: ModelRequest, options?: CallOptions) => AsyncIterable<ModelEvent & Told>;
}

export interface Told {
  readonly result?: QueryResult | undefined;
}

const refuse = (what: string): ProviderError =>
  new ProviderError(`an orchestrator ${what}; give asLanguageModel a provider or a failover for that`, {
    provider: "orchestrator",
    kind: "bad-request",
  });

const plain = (message: Message): Json => {
  if (typeof message.content !== "string") throw refuse("takes no images");
  return { role: message.role, text: message.content };
};

/** The last message of the user is the question; what was said before is a fact about it, and so part of the cache key. */
function questionIn({ messages, outputSchema }: ModelRequest, more: Omit<Query, "text">): Query {
  if (outputSchema !== undefined) throw refuse("answers in text");
  const last = messages.findLastIndex(({ role }) => role === "user");
  const asked = messages[last];
  if (asked === undefined) throw refuse("needs a message of the user");
  if (typeof asked.content !== "string") throw refuse("takes no images");
  const before = messages.toSpliced(last, 1).map(plain);
  if (before.length === 0) return { ...more, text: asked.content };
  const given = more.context === undefined ? {} : { given: more.context };
  return { ...more, text: asked.content, context: { ...given, conversation: before } };
}

/** An orchestrator, asked as a provider is. Its answers are whole or a failure, so each ended by itself. */
export function orchestratorSource(orchestrator: Orchestrator, name: string, more: Omit<Query, "text">): Source {
  const finish = (result: QueryResult) => ({ usage: result.usage, model: result.model ?? name, provider: result.provider, result });
  return {
    name,
    async generate(request, options) {
      const result = await orchestrator.query(questionIn(request, more), options);
      return { text: result.text, toolCalls: [], finishReason: "stop", ...finish(result) };
    },
    async *stream(request, options) {
      for await (const event of orchestrator.stream(questionIn(request, more), options)) {
        if (event.type === "text-delta" || event.type === "text-reset") yield event;
        else if (event.type === "finish") yield { type: "finish", reason: "stop", ...finish(event.result) };
      }
    },
  };
}
