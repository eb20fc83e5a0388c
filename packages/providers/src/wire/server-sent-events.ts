import { StringDecoder } from "node:string_decoder";

/** One event of a stream: its data, its id where it has one, and how long its lines are, without comments. */
export interface ServerSentEvent {
  readonly data: string;
  readonly id: string | undefined;
  readonly chars: number;
}

export class TooLarge extends Error {}

export const tooLarge = (maxBytes: number): TooLarge => new TooLarge(`the answer is longer than ${maxBytes} bytes`);

const maxEventChars = 1024 * 1024;

/**
 * Cuts a stream of bytes into its events; comments and events without data are left out. A line or event beyond a million characters
 * throws `TooLarge`.
 */
export function eventReader(): { readonly push: (bytes: Uint8Array) => readonly ServerSentEvent[] } {
  const decoder = new StringDecoder("utf8");
  /** Pieces of the line that has not ended; joined only when it does, so that a slow drip stays cheap. */
  let unfinished: string[] = [];
  let unfinishedChars = 0;
  let data: string | undefined;
  let id: string | undefined;
  let chars = 0;
  let atStart = true;

  function readLine(line: string, events: ServerSentEvent[]): void {
    const end = line.endsWith("\r") ? line.length - 1 : line.length;
    if (end === 0) {
      if (data !== undefined) events.push({ data, id, chars });
      data = id = undefined;
      chars = 0;
      return;
    }
    if (line[0] !== ":") chars += line.length + 1;
    if (line.startsWith("data:")) {
      const text = line.slice(line[5] === " " ? 6 : 5, end);
      data = data === undefined ? text : `${data}\n${text}`;
      if (data.length > maxEventChars) throw new TooLarge("an event is too long");
    } else if (line.startsWith("id:")) id = line.slice(3, end).trim();
  }

  return {
    push(bytes) {
      let text = decoder.write(bytes);
      if (atStart && text !== "") {
        atStart = false;
        if (text.startsWith("\uFEFF")) text = text.slice(1);
      }
      const events: ServerSentEvent[] = [];
      let from = 0;
      for (let end = text.indexOf("\n"); end !== -1; end = text.indexOf("\n", from)) {
        const rest = text.slice(from, end);
        readLine(unfinished.length === 0 ? rest : unfinished.join("") + rest, events);
        unfinished = [];
        unfinishedChars = 0;
        from = end + 1;
      }
      if (from < text.length) {
        unfinished.push(from === 0 ? text : text.slice(from));
        unfinishedChars += text.length - from;
        if (unfinishedChars > maxEventChars) throw new TooLarge("a line is too long");
      }
      return events;
    },
  };
}
