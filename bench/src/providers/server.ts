// A vendor on loopback in a process of its own, with nothing but the answer to give: prints its port.
import { createServer } from "node:http";

const named = { id: "chatcmpl-1", created: 1_770_000_000, model: "m" };
const usage = { prompt_tokens: 12, completion_tokens: 100, total_tokens: 112 };
const words = Array.from({ length: 100 }, (_, at) => ` word${at}`);

const json = JSON.stringify({
  ...named,
  object: "chat.completion",
  choices: [{ index: 0, message: { role: "assistant", content: words.join("") }, finish_reason: "stop" }],
  usage,
});

const chunk = (delta: object, finish: string | null, more: object = {}): string =>
  `data: ${JSON.stringify({ ...named, object: "chat.completion.chunk", choices: [{ index: 0, delta, finish_reason: finish }], ...more })}\n\n`;

const events = [
  chunk({ role: "assistant", content: "" }, null),
  ...words.map((content) => chunk({ content }, null)),
  chunk({}, "stop"),
  `data: ${JSON.stringify({ ...named, object: "chat.completion.chunk", choices: [], usage })}\n\n`,
  "data: [DONE]\n\n",
];

const server = createServer((request, response) => {
  let body = "";
  request.setEncoding("utf8").on("data", (piece: string) => (body += piece));
  request.on("end", () => {
    if (!body.includes('"stream":true')) {
      response.writeHead(200, { "content-type": "application/json", "content-length": Buffer.byteLength(json) }).end(json);
      return;
    }
    response.writeHead(200, { "content-type": "text/event-stream" });
    for (const event of events) response.write(event);
    response.end();
  });
});
server.keepAliveTimeout = 60_000;
server.listen(0, "127.0.0.1", () => {
  const address = server.address();
  if (typeof address === "object") console.log(address?.port);
});
process.on("disconnect", () => process.exit(0));
