import type { Message } from "../ports/provider.ts";
import type { Query } from "../ports/query.ts";
import type { Turn } from "../ports/workflow.ts";

const maxRecalled = 6;

/** Text from tools and documents, marked as data. The fence cannot be closed from inside. */
export function fenced(name: string, text: string): string {
  return `<${name}>\n${text.replaceAll(`</${name}`, `<\\/${name}`)}\n</${name}>`;
}

/** The conversation as a model sees it: what to do, what was said, what the host knows, the question. */
export function conversation(instructions: string, query: Query, turns: readonly Turn[]): Message[] {
  const messages: Message[] = instructions === "" ? [] : [{ role: "system", content: instructions }];
  for (const { question, answer } of turns.slice(-maxRecalled))
    messages.push({ role: "user", content: question }, { role: "assistant", content: answer });
  const context = query.context === undefined ? "" : `${fenced("context", JSON.stringify(query.context))}\n\n`;
  messages.push({ role: "user", content: context + query.text });
  return messages;
}
