import type { NewPerson, PersonToMake } from "../../../api/users";
import { randomPassword } from "../password";
import type { Row } from "./rows";

/** How people are made, whoever they are. */
export interface How {
  /** Which passwords they get; undefined while nobody chose. */
  passwords?: "random" | "same" | "table";
  /** The same for all, where that was chosen. */
  password: string;
  mustChange: boolean;
  admin: boolean;
  groups: string[];
  makeGroups: boolean;
}

/** What is chosen at first. Who makes people in one group alone makes them there; of several, they say which. */
export function firstHow(createIn: "any" | string[]): How {
  const groups = createIn !== "any" && createIn.length === 1 ? createIn : [];
  return { password: "", mustChange: true, admin: false, groups, makeGroups: false };
}

/** Which passwords are meant: those of the table where it has some, unless somebody chose otherwise. */
export function passwordsOf(how: How, rows: Row[]): "random" | "same" | "table" {
  const given = rows.some((r) => r.password);
  if (how.passwords && (how.passwords !== "table" || given)) return how.passwords;
  return given ? "table" : "random";
}

/** Somebody as the hub is asked to make them, but for a password that is yet to be made. */
export function plainOf(row: Row, how: How, passwords: How["passwords"]): PersonToMake {
  const password = passwords === "same" ? how.password : passwords === "table" ? row.password : "";
  return {
    username: row.name,
    admin: how.admin || row.admin === true,
    groups: [...new Set([...(row.groups ?? []), ...how.groups])],
    must_change_password: how.mustChange,
    ...(password && { password }),
  };
}

/** Somebody with a password. */
export function personOf(row: Row, how: How, passwords: How["passwords"]): NewPerson {
  return { password: randomPassword(), ...plainOf(row, how, passwords) } as NewPerson;
}
