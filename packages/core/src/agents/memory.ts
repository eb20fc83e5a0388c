import type { Message } from "../ports/provider.ts";
import type { Turn } from "../ports/workflow.ts";
import type { AgentMemory } from "./define.ts";

const charsPerToken = 4;
const summaryChars = 160;
const summaryLines = 20;

const shortly = (text: string): string => {
  const line = text.replace(/\s+/g, " ").trim();
  return line.length <= summaryChars ? line : `${line.slice(0, summaryChars - 1)}…`;
};

/**
 * The conversation as an agent remembers it, oldest first: the newest exchanges that fit, and one line each of those before them.
 * The summary is made without a model, so that it is the same every time and says nothing that was not said.
 */
export function remembered(turns: readonly Turn[], { turns: window = 6, tokens = 4_000, summary = true }: AgentMemory = {}): Message[] {
  let left = tokens * charsPerToken;
  let from = turns.length;
  while (from > 0 && turns.length - from < window) {
    const { question, answer } = turns[from - 1]!;
    left -= question.length + answer.length;
    if (left < 0) break;
    from--;
  }
  const messages: Message[] = turns.slice(from).flatMap(({ question, answer }): Message[] => [
    { role: "user", content: question },
    { role: "assistant", content: answer },
  ]);
  if (!summary || from === 0) return messages;
  const lines = turns
    .slice(Math.max(0, from - summaryLines), from)
    .map(({ question, answer }) => `- ${shortly(question)} → ${shortly(answer)}`);
  return [
    { role: "user", content: `Earlier in this conversation, in short:\n${lines.join("\n")}` },
    { role: "assistant", content: "I remember." },
    ...messages,
  ];
}
