// The console speaks the public WebSocket: one question in, the same events that any other client gets.
const examples = [
  "How many movies did Steven Spielberg direct?",
  "Which 5 airports have the most departing flights?",
  "What is the average horsepower of cars per origin?",
  "What collections are there?",
  "What is the movies data set about?",
];
const $ = (selector, within = document) => within.querySelector(selector);
const element = (tag, text, className) =>
  Object.assign(document.createElement(tag), { textContent: text ?? "", className: className ?? "" });
const asked = new Map();
let socket;
let count = 0;

function connect() {
  const opened = new WebSocket(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/ws`);
  opened.addEventListener("message", ({ data }) => receive(JSON.parse(data)));
  opened.addEventListener("close", () => {
    socket = undefined;
    for (const exchange of asked.values()) fail(exchange, "The connection was lost.");
    asked.clear();
  });
  return new Promise((resolve, reject) => {
    opened.addEventListener("open", () => resolve(opened), { once: true });
    opened.addEventListener("error", () => reject(new Error("The service cannot be reached.")), { once: true });
  });
}

async function ask(text) {
  const card = $("#exchange").content.firstElementChild.cloneNode(true);
  const id = `${++count}`;
  const exchange = { id, card, text: "", steps: new Map() };
  $("h2", card).textContent = text;
  $(".stop", card).addEventListener("click", () => socket?.send(JSON.stringify({ type: "cancel", id })));
  $("#asked").prepend(card);
  asked.set(id, exchange);
  try {
    socket ??= await connect();
    socket.send(JSON.stringify({ id, query: text }));
  } catch (error) {
    fail(exchange, error.message);
  }
}

function step(exchange, key, label, state) {
  let chip = exchange.steps.get(key);
  if (!chip) {
    chip = element("li");
    exchange.steps.set(key, chip);
    $(".steps", exchange.card).append(chip);
  }
  chip.textContent = label;
  chip.title = label;
  chip.className = state ?? "";
}

const milliseconds = (ms) => (ms < 10 ? `${ms.toFixed(1)} ms` : `${Math.round(ms)} ms`);

const show = {
  classified: (exchange, { classification: { type, confidence, by } }) =>
    step(exchange, "type", `${type} · ${Math.round(confidence * 100)} % by ${by}`, "done"),
  "cache-hit": (exchange, { kind, ageMs }) => step(exchange, "cache", `${kind} cache hit, ${Math.round(ageMs / 1000)} s old`, "done"),
  "workflow-start": (exchange, { workflow }) => step(exchange, "workflow", workflow, "done"),
  "step-start": (exchange, { step: name, detail }) => step(exchange, `step ${name}`, detail ? `${name}: ${detail}` : name),
  "step-end": (exchange, { step: name, durationMs }) => step(exchange, `step ${name}`, `${name} · ${milliseconds(durationMs)}`, "done"),
  "tool-call": (exchange, { id, tool }) => step(exchange, id, tool),
  "tool-result": (exchange, { id, tool, ok, durationMs, error }) =>
    step(exchange, id, ok ? `${tool} · ${milliseconds(durationMs)}` : `${tool}: ${error}`, ok ? "done" : "failed"),
  "provider-attempt": (exchange, { attempt }) =>
    step(exchange, `attempt ${exchange.steps.size}`, `${attempt.provider} ${attempt.outcome}`, attempt.outcome === "ok" ? "done" : "warn"),
  failover: (exchange, { from, to }) => step(exchange, `failover ${exchange.steps.size}`, `${from} → ${to}`, "warn"),
  degraded: (exchange, { part }) => step(exchange, `degraded ${part}`, `without ${part}`, "warn"),
  "text-delta": (exchange, { text }) => write(exchange, exchange.text + text),
  "text-reset": (exchange) => write(exchange, ""),
  finish: (exchange, { result }) => finish(exchange, result),
  error: (exchange, { error }) => fail(exchange, error.message),
};

function receive(event) {
  const exchange = asked.get(event.request);
  if (exchange) show[event.type]?.(exchange, event);
}

function write(exchange, text) {
  exchange.text = text;
  const target = $(".answer", exchange.card);
  target.replaceChildren();
  for (const block of text.split(/\n{2,}/))
    target.append(block.trimStart().startsWith("|") ? table(block) : element("p", block.replaceAll("**", "")));
}

function table(block) {
  const cells = (line) =>
    line
      .trim()
      .replace(/^\||\|$/g, "")
      .split(/(?<!\\)\|/)
      .map((cell) => cell.trim().replaceAll("\\|", "|"));
  const [head, rule, ...body] = block.trim().split("\n");
  if (!rule) return element("p", block);
  const numeric = cells(rule).map((cell) => cell.endsWith(":"));
  const made = element("table");
  const addRow = (section, line, tag) => {
    const tr = section.insertRow();
    cells(line).forEach((cell, at) => tr.append(element(tag, cell, numeric[at] ? "number" : "")));
  };
  addRow(made.createTHead(), head, "th");
  const rows = made.createTBody();
  for (const line of body) addRow(rows, line, "td");
  return made;
}

function finish(exchange, result) {
  const { card } = exchange;
  const facts = [
    result.type,
    `answered by ${result.answeredBy}${result.provider ? ` (${result.provider}${result.model ? ` ${result.model}` : ""})` : ""}`,
    `cache: ${result.cached}`,
    milliseconds(result.timings.totalMs),
  ];
  if (result.costUsd !== undefined) facts.push(`$${result.costUsd.toFixed(6)}`);
  if (result.degraded.length > 0) facts.push(`without ${result.degraded.join(", ")}`);
  $(".facts", card).replaceChildren(...facts.map((fact) => element("span", fact)));
  const why = result.explanation ?? [];
  $(".why", card).hidden = why.length === 0;
  $(".why ul", card).replaceChildren(...why.map((line) => element("li", line)));
  $(".citations", card).replaceChildren(
    ...(result.citations ?? []).map(({ title, text }, at) =>
      element("p", `[${at + 1}] ${title} — ${text.slice(0, 240)}${text.length > 240 ? "…" : ""}`),
    ),
  );
  end(exchange);
}

function fail(exchange, message) {
  const target = $(".answer", exchange.card);
  target.classList.add("error");
  target.replaceChildren(element("p", message));
  end(exchange);
}

function end({ id, card }) {
  $(".stop", card).remove();
  card.dataset.done = "true";
  asked.delete(id);
  void health();
}

async function health() {
  try {
    const { status, dependencies } = await (await fetch("/health")).json();
    const tone = { healthy: "up", degraded: "degraded", unhealthy: "down" }[status];
    const parts = Object.entries(dependencies).map(([name, state]) => element("span", `${name.replaceAll("_", " ")}: ${state}`));
    $("#health").replaceChildren(element("b", `● ${status}`, tone), ...parts);
  } catch {
    $("#health").replaceChildren(element("b", "● unreachable", "down"));
  }
}

$("#ask").addEventListener("submit", (event) => {
  event.preventDefault();
  const input = $("#question");
  const text = input.value.trim();
  if (text === "") return;
  input.value = "";
  void ask(text);
});
for (const example of examples) {
  const button = Object.assign(element("button", example), { type: "button" });
  button.addEventListener("click", () => void ask(example));
  $("#examples").append(button);
}
void health();
