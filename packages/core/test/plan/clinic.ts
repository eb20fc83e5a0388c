import { type Data, random } from "./data.ts";

/** A hospital with snake_case names, `_id` keys, ISO days and yes-or-no fields. */
export function clinic(): Data {
  const next = random(7);
  const pick = <T>(list: readonly T[]): T => list[next(list.length)] as T;
  const iso = (year: number): string => `${year}-${String(1 + next(12)).padStart(2, "0")}-${String(1 + next(28)).padStart(2, "0")}`;
  const departments = ["Cardiology", "Neurology", "Pediatrics", "Oncology", "Radiology"].map((name, index) => ({
    _id: index + 1,
    name,
    floor: 1 + (index % 3),
    building: index < 3 ? "North" : "South",
  }));
  const surnames = ["Meyer", "Okafor", "Silva", "Novak", "Haddad", "Larsen", "Costa", "Ivanov", "Tanaka", "Moreau", "Quinn", "Reyes"];
  const doctors = surnames.map((surname, index) => ({
    _id: 100 + index,
    full_name: `${["Ada", "Ben", "Cleo", "Dan", "Eva", "Finn"][index % 6]} ${surname}`,
    dept_id: 1 + (index % 4),
    salary: 90_000 + index * 3_500 + next(3) * 500,
    hired_on: iso(2008 + index),
    is_active: index % 5 !== 0,
  }));
  const patients = Array.from({ length: 60 }, (_, index) => ({
    _id: 1000 + index,
    first_name: ["Maya", "Noah", "Lena", "Omar", "Iris", "Hugo", "Zoe", "Karl", "Tara", "Paul"][index % 10] as string,
    last_name: `${["Al", "Ber", "Car", "Dor", "Ek", "Fal"][index % 6]}${["son", "ini", "berg", "man", "sen"][index % 5]}${index}`,
    birth_date: iso(1940 + next(70)),
    gender: index % 3 === 0 ? "F" : "M",
    city: pick(["Lisbon", "Porto", "Faro", "Braga"]),
    insured: next(4) > 0,
    phone: next(5) === 0 ? null : `555-${1000 + index}`,
  }));
  const visits = Array.from({ length: 400 }, (_, index) => ({
    _id: 5000 + index,
    patient_id: 1000 + next(52),
    doctor_id: 100 + next(11),
    visit_date: iso(2021 + next(4)),
    cost: 40 + next(400) + (index % 4) * 0.25,
    diagnosis: pick(["flu", "migraine", "fracture", "asthma", "allergy"]),
    follow_up: next(3) === 0,
  }));
  return { departments, doctors, patients, visits };
}
