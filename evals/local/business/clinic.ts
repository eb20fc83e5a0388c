import { type Question, list, other, ranking, simple, table } from "../question.ts";
import { type Row, best, count, find, highest, mean, meanOf, num, perGroup, str, sumOf, where } from "../rows.ts";
import { dayAfter, daysBetween, draws, pick } from "./draw.ts";

type Clinic = Readonly<Record<"departments" | "employees" | "patients" | "appointments", readonly Row[]>>;

/** The staff of a clinic, of whom some manage others, and its patients. */
export function readClinic(): Clinic {
  const draw = draws(37);
  const departments = ["Cardiology", "Surgery", "Pediatrics", "Radiology", "Pharmacy"].map((name, index) => ({
    department_id: index + 1,
    name,
  }));
  const first = ["Ana", "Boris", "Clara", "Denis", "Eva", "Finn", "Greta", "Henri", "Iris", "Jakob"];
  const employees = Array.from({ length: 30 }, (_, index) => ({
    employee_id: index + 1,
    name: `${first[index % 10]} ${["Moreau", "Hughes", "Novak"][Math.floor(index / 10)]}`,
    job_title: pick(draw, ["Doctor", "Nurse", "Nurse", "Technician"]),
    department_id: 1 + draw(4),
    manager_id: index < 3 ? null : 1 + draw(6),
    salary: 31_000 + index * 37 + draw(50_000),
    hire_date: dayAfter("2012-05-01", draw(4300)),
  })).map((row) => (row.manager_id === row.employee_id ? { ...row, manager_id: 1 } : row));
  const patients = Array.from({ length: 60 }, (_, index) => ({
    patient_id: index + 1,
    patient_name: `${pick(draw, ["Sofia", "Marek", "Nadia", "Oscar", "Rosa", "Timo"])} ${["Bell", "Fuchs", "Costa", "Dahl"][index % 4]} ${String.fromCodePoint(65 + (index % 26))}.`,
    age: index === 12 ? 97 : 1 + draw(94),
    gender: pick(draw, ["female", "male"]),
    registered_on: dayAfter("2018-01-01", draw(2000)),
  }));
  const appointments = Array.from({ length: 200 }, (_, index) => {
    const booked_on = dayAfter("2024-01-02", draw(330));
    return {
      appointment_id: 1000 + index,
      patient_id: 1 + draw(56),
      employee_id: 1 + draw(26),
      booked_on,
      appointment_date: dayAfter(booked_on, 1 + draw(30)),
      status: pick(draw, ["completed", "completed", "cancelled", "no-show"]),
      fee: 40 + draw(300),
    };
  });
  return { departments, employees, patients, appointments };
}

const department = (d: Clinic, row: Row): string => str(find(d.departments, "department_id", row["department_id"]), "name");
const staff = (d: Clinic, name: string): readonly Row[] => d.employees.filter((e) => department(d, e) === name);
const wait = (rows: readonly Row[]): number => mean(rows.map((a) => daysBetween(str(a, "booked_on"), str(a, "appointment_date"))));
const names = (rows: readonly Row[]): readonly string[] => rows.map((row) => str(row, "name"));
const boss = (d: Clinic, row: Row): Row | undefined => d.employees.find((e) => e["employee_id"] === row["manager_id"]);

export const clinicQuestions: readonly Question<Clinic>[] = [
  simple("How many nurses work here?", (d) => where(d.employees, "job_title", "Nurse").length),
  simple("Which employees have no manager?", (d) => list(names(where(d.employees, "manager_id", null)))),
  simple("What is the average salary of a doctor?", (d) => meanOf("salary")(where(d.employees, "job_title", "Doctor"))),
  simple("How old is our oldest patient?", (d) => Math.max(...d.patients.map((p) => num(p, "age")))),
  simple("Who earns the most?", (d) =>
    str(
      best(d.employees, (e) => num(e, "salary")),
      "name",
    ),
  ),
  simple("how many patients are under 18", (d) => d.patients.filter((p) => num(p, "age") < 18).length),
  simple("Who was hired first?", (d) => names(d.employees.toSorted((a, b) => str(a, "hire_date").localeCompare(str(b, "hire_date"))))[0]!),
  simple("How many appointments were no-shows?", (d) => where(d.appointments, "status", "no-show").length),
  simple("How many days do patients wait for an appointment on average?", (d) => wait(d.appointments)),
  simple("total fees of completed appointments", (d) => sumOf("fee")(where(d.appointments, "status", "completed"))),
  other("How many people work in Surgery?", (d) => staff(d, "Surgery").length),
  other("average salary per department", (d) => table(perGroup(d.employees, (e) => department(d, e), meanOf("salary")))),
  other("Which department has no employees?", (d) =>
    list(names(d.departments.filter((one) => where(d.employees, "department_id", one["department_id"]).length === 0))),
  ),
  other("Who is the manager of Eva Novak?", (d) => str(boss(d, find(d.employees, "name", "Eva Novak"))!, "name")),
  other(
    "Which manager has the most employees?",
    (d) =>
      highest(
        perGroup(d.employees, (e) => (boss(d, e) === undefined ? null : str(boss(d, e)!, "name")), count),
        1,
      )[0]![0],
  ),
  other("Which employees earn more than their manager?", (d) =>
    list(names(d.employees.filter((e) => boss(d, e) !== undefined && num(e, "salary") > num(boss(d, e)!, "salary")))),
  ),
  other("patients who never had an appointment", (d) =>
    list(d.patients.filter((p) => where(d.appointments, "patient_id", p["patient_id"]).length === 0).map((p) => str(p, "patient_name"))),
  ),
  other("Top 3 employees by number of appointments", (d) =>
    ranking(
      highest(
        perGroup(d.appointments, (a) => str(find(d.employees, "employee_id", a["employee_id"]), "name"), count),
        3,
      ),
    ),
  ),
  other("How much money did Cardiology bring in?", (d) => {
    const ids = new Set(staff(d, "Cardiology").map((e) => e["employee_id"]));
    return sumOf("fee")(d.appointments.filter((a) => ids.has(a["employee_id"])));
  }),
  other(
    "How many appointments did female patients cancel?",
    (d) =>
      where(d.appointments, "status", "cancelled").filter((a) => find(d.patients, "patient_id", a["patient_id"])["gender"] === "female")
        .length,
  ),
];
