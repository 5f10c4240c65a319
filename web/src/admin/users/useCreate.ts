import { useMutation, useQueryClient } from "@tanstack/react-query";
import type { RowResult } from "../../api/users";
import { useApp } from "../../context";
import type { NewPerson } from "./names";
import { randomPassword } from "./password";
import { peopleKey } from "./usePeople";

export interface CreateOptions {
  /** The same for everybody; empty gives each their own, at random. */
  password: string;
  mustChange: boolean;
  admin: boolean;
  groups: string[];
}

/** Somebody, with the password that they were given, and what the hub made of it. */
export interface Created extends RowResult {
  password: string;
}

/** Makes people in one request. Their passwords are made here, and are nowhere else once the page is closed. */
export function useCreate() {
  const { api } = useApp();
  const client = useQueryClient();
  return useMutation({
    mutationFn: async ({ people, options }: { people: NewPerson[]; options: CreateOptions }): Promise<Created[]> => {
      const passwords = people.map((p) => p.password || options.password || randomPassword());
      const users = people.map((p, at) => ({
        username: p.name,
        password: passwords[at],
        must_change_password: options.mustChange,
        admin: options.admin,
        groups: options.groups,
      }));
      const answer = await api.call<{ results: RowResult[] }>("POST", "bulk/users", { body: { users } });
      return answer.results.map((r, at) => ({ ...r, password: r.status === "created" ? (passwords[at] ?? "") : "" }));
    },
    onSettled: () => client.invalidateQueries({ queryKey: peopleKey }),
  });
}

/** Names and passwords as a spreadsheet takes them when they are pasted. */
export function asTable(created: Created[]): string {
  const rows = created.filter((c) => c.password !== "").map((c) => `${c.username}\t${c.password}`);
  return ["Username\tPassword", ...rows].join("\n");
}

/** The same as a CSV file. */
export function asCSV(created: Created[]): string {
  const cell = (text: string) => `"${text.replaceAll('"', '""')}"`;
  const rows = created.filter((c) => c.password !== "").map((c) => `${cell(c.username)},${cell(c.password)}`);
  return `${["username,password", ...rows].join("\r\n")}\r\n`;
}
