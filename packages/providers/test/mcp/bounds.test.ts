import { describe, expect, it, vi } from "vitest";
import { boundedBody } from "../../src/mcp/bounded-body.ts";
import { lastLines } from "../../src/mcp/last-lines.ts";
import { messageLines } from "../../src/mcp/message-lines.ts";

/** Cuts bytes in pieces of the given size. */
const pieces = (text: string, size: number): Buffer[] => {
  const bytes = Buffer.from(text);
  return Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) => bytes.subarray(index * size, (index + 1) * size));
};

describe("lines of messages", () => {
  function read(text: string, size: number, maxBytes: number) {
    const lines: string[] = [];
    const oversized: [string, string][] = [];
    const take = messageLines({ maxBytes, onLine: (line) => lines.push(line), onOversized: (...ends) => oversized.push(ends) });
    for (const piece of pieces(text, size)) take(piece);
    return { lines, oversized };
  }

  it.each([1, 2, 3, 7, 1_000])("are whole however the bytes are cut, here by %i", (size) => {
    expect(read("one\n\nzwölf 🚀\nunfinished", size, 100).lines).toEqual(["one", "", "zwölf 🚀"]);
  });

  it.each([1, 10, 100_000])("that are too long are dropped, told by their two ends, and followed by the next (cut by %i)", (size) => {
    const long = `{"id":1,${"x".repeat(5_000)},"id":2}`;
    const { lines, oversized } = read(`before\n${long}\nafter\n`, size, 1_000);
    expect(lines).toEqual(["before", "after"]);
    expect(oversized).toEqual([[long.slice(0, 256), long.slice(-256)]]);
  });
});

describe("a body", () => {
  async function read(type: string, text: string, size: number) {
    const onOversized = vi.fn<() => void>();
    const body = ReadableStream.from(pieces(text, size));
    const response = boundedBody(new Response(body, { headers: { "content-type": type } }), { maxBytes: 100, onOversized });
    const result = await response.text().catch((error: unknown) => String(error));
    return { result, oversized: onOversized.mock.calls.length };
  }

  it("of JSON may be as large as allowed, and no larger", async () => {
    expect(await read("application/json", "x".repeat(100), 7)).toEqual({ result: "x".repeat(100), oversized: 0 });
    expect(await read("application/json", "x".repeat(101), 7)).toEqual({ result: "Error: more than 100 bytes", oversized: 1 });
  });

  it.each([1, 2, 3, 5, 64])("of events may be endless as long as each event is small, however it is cut (by %i)", async (size) => {
    for (const end of ["\n\n", "\r\n\r\n"]) {
      const events = `data: ${"x".repeat(60)}${end}`.repeat(50);
      expect(await read("text/event-stream; charset=utf-8", events, size)).toEqual({ result: events, oversized: 0 });
    }
    const tooLong = `data: small\n\ndata: ${"x".repeat(300)}`;
    expect(await read("text/event-stream", tooLong, size)).toMatchObject({ oversized: 1 });
    // Many lines of one event are one event.
    expect(await read("text/event-stream", "data: x\n".repeat(40), size)).toMatchObject({ oversized: 1 });
  });
});

it("the last lines a process wrote are kept, the others and the ends of long ones are not", () => {
  const lines = lastLines();
  for (const piece of pieces(`${Array.from({ length: 100 }, (_, index) => `line ${index}`).join("\n")}\n${"y".repeat(9_999)}`, 11))
    lines.add(piece);
  expect(lines.text().split("\n")).toEqual([...Array.from({ length: 20 }, (_, index) => `line ${index + 80}`), "y".repeat(500)]);
});
