import { type Question, list, other, ranking, simple, table } from "../question.ts";
import { type Row, count, find, highest, mean, perGroup, str, where } from "../rows.ts";
import { dayAfter, daysBetween, draws, pick } from "./draw.ts";

type Helpdesk = Readonly<Record<"agents" | "companies" | "tickets" | "subscriptions" | "invoices", readonly Row[]>>;

/** Support of a product that is rented: tickets, subscriptions, and invoices that are paid or not. */
export function readHelpdesk(): Helpdesk {
  const draw = draws(23);
  const agents = ["Tara Singh", "Leo Brandt", "Mina Park", "Hugo Silva", "Zoe Adler", "Kai Jensen"].map((name, index) => ({
    id: index + 1,
    name,
    team: ["Billing", "Technical", "Technical", "Billing", "Onboarding", "Technical"][index]!,
  }));
  const companies = Array.from({ length: 25 }, (_, index) => ({
    id: index + 1,
    company_name: `${["Blue", "Iron", "Maple", "Silver", "Quick"][index % 5]} ${["Logistics", "Bakery", "Studios", "Motors", "Labs"][Math.floor(index / 5)]}`,
    country: pick(draw, ["Spain", "Ireland", "Poland"]),
  }));
  const tickets = Array.from({ length: 180 }, (_, index) => {
    const created_at = dayAfter("2024-01-03", draw(360));
    const status = pick(draw, ["open", "closed", "closed", "closed", "pending"]);
    return {
      id: 900 + index,
      company_id: 1 + draw(23),
      agent_id: draw(9) === 0 ? null : 1 + draw(5),
      subject: `${pick(draw, ["Cannot log in", "Wrong amount", "Import fails", "Slow page"])} #${index}`,
      priority: pick(draw, ["low", "normal", "high", "urgent"]),
      status,
      created_at,
      closed_at: status === "closed" ? dayAfter(created_at, draw(25)) : null,
    };
  });
  const subscriptions = companies.map(({ id }) => ({
    id: 300 + id,
    company_id: id,
    plan: pick(draw, ["Starter", "Team", "Enterprise"]),
    monthly_fee: pick(draw, [29, 99, 499]),
    is_active: draw(5) !== 0,
  }));
  const invoices = Array.from({ length: 120 }, (_, index) => {
    const due_date = dayAfter("2024-02-01", draw(300));
    return {
      id: 7000 + index,
      company_id: 1 + draw(25),
      amount: 20 + draw(900) + 0.25,
      due_date,
      paid_at: draw(4) === 0 ? null : dayAfter(due_date, draw(30) - 18),
    };
  });
  return { agents, companies, tickets, subscriptions, invoices };
}

const unpaid = (d: Helpdesk): readonly Row[] => where(d.invoices, "paid_at", null);
const late = (d: Helpdesk): readonly Row[] => d.invoices.filter((i) => i["paid_at"] !== null && str(i, "paid_at") > str(i, "due_date"));
const amount = (rows: readonly Row[]): number => rows.reduce((sum, row) => sum + Number(row["amount"]), 0);
const closed = (d: Helpdesk): readonly Row[] => where(d.tickets, "status", "closed");
const days = (rows: readonly Row[]): number => mean(rows.map((t) => daysBetween(str(t, "created_at"), str(t, "closed_at"))));
const company = (d: Helpdesk, row: Row): string => str(find(d.companies, "id", row["company_id"]), "company_name");
const agent = (d: Helpdesk, row: Row): string => str(find(d.agents, "id", row["agent_id"]), "name");
const assigned = (rows: readonly Row[]): readonly Row[] => rows.filter((t) => t["agent_id"] !== null);

export const helpdeskQuestions: readonly Question<Helpdesk>[] = [
  simple(
    "How many tickets are still open?",
    (d) => where(d.tickets, "status", "open").length,
    (d) => where(d.tickets, "closed_at", null).length,
  ),
  simple("How many urgent tickets do we have?", (d) => where(d.tickets, "priority", "urgent").length),
  simple("how many tickets are unassigned", (d) => where(d.tickets, "agent_id", null).length),
  simple("How many invoices are unpaid?", (d) => unpaid(d).length),
  simple("What is the total amount of unpaid invoices?", (d) => amount(unpaid(d))),
  simple("tickets by status", (d) => table(perGroup(d.tickets, (t) => str(t, "status"), count))),
  simple("How many active subscriptions are there?", (d) => where(d.subscriptions, "is_active", true).length),
  simple("Which agents work in the Billing team?", (d) => list(where(d.agents, "team", "Billing").map((a) => str(a, "name")))),
  simple("How long does it take to close a ticket on average?", (d) => days(closed(d))),
  other("average time to close a ticket per priority", (d) => table(perGroup(closed(d), (t) => str(t, "priority"), days))),
  other(
    "Which agent closed the most tickets?",
    (d) =>
      highest(
        perGroup(assigned(closed(d)), (t) => agent(d, t), count),
        1,
      )[0]![0],
  ),
  other("Which agents have no tickets?", (d) =>
    list(d.agents.filter((a) => where(d.tickets, "agent_id", a["id"]).length === 0).map((a) => str(a, "name"))),
  ),
  other("top 3 companies by number of tickets", (d) =>
    ranking(
      highest(
        perGroup(d.tickets, (t) => company(d, t), count),
        3,
      ),
    ),
  ),
  other("How many invoices were paid late?", (d) => late(d).length),
  other("How many open tickets does each agent have?", (d) => {
    const open = perGroup(assigned(where(d.tickets, "status", "open")), (t) => agent(d, t), count);
    return table(open);
  }),
  other("How much do companies from Spain owe us?", (d) =>
    amount(unpaid(d).filter((i) => find(d.companies, "id", i["company_id"])["country"] === "Spain")),
  ),
  other("What is our monthly revenue from active subscriptions?", (d) =>
    where(d.subscriptions, "is_active", true).reduce((sum, s) => sum + Number(s["monthly_fee"]), 0),
  ),
  other("companies without tickets", (d) =>
    list(d.companies.filter((c) => where(d.tickets, "company_id", c["id"]).length === 0).map((c) => str(c, "company_name"))),
  ),
  other(
    "What percentage of tickets is closed?",
    (d) => (100 * closed(d).length) / d.tickets.length,
    (d) => closed(d).length / d.tickets.length,
  ),
  other(
    "How many tickets did Mina Park close in May 2024?",
    (d) => closed(d).filter((t) => t["agent_id"] === 3 && str(t, "closed_at").startsWith("2024-05")).length,
  ),
];
