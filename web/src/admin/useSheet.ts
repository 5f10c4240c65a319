import { useMutation } from "@tanstack/react-query";
import type { Api } from "../api/client";
import { ApiError } from "../api/errors";
import { type PeopleSheet, readPeople } from "../api/users";
import { useApp } from "../context";

/** A table that was read, and the file that it came from. */
export interface Sheet {
  file: SheetFile;
  told: PeopleSheet;
}

export interface SheetFile {
  name: string;
  /** In base64. */
  data: string;
  /** It was pasted, and is no file. */
  pasted: boolean;
}

/** The largest file that the hub reads. */
const mostBytes = 5 << 20;

/** Reads tables, from files or as they are pasted, as the command line does. */
export function useSheet(tooLarge: string, onRead: (sheet: Sheet) => void) {
  const { api } = useApp();
  return useMutation({
    mutationFn: async (from: File | string | { file: SheetFile; sheet: string }): Promise<Sheet> => {
      if (typeof from === "object" && "file" in from) return readFile(api, from.file, from.sheet);
      const content = typeof from === "string" ? new Blob([from]) : from;
      if (content.size > mostBytes) throw new ApiError("refused", tooLarge);
      const pasted = typeof from === "string";
      const file = { name: pasted ? "table.csv" : from.name, data: await base64(content), pasted };
      return readFile(api, file);
    },
    onSuccess: onRead,
  });
}

async function readFile(api: Api, file: SheetFile, sheet?: string): Promise<Sheet> {
  const told = await readPeople(api, { name: file.name, data: file.data, ...(sheet && { sheet }) });
  return { file, told };
}

/** What a file holds. One that went away since it was picked can't be read. */
async function base64(content: Blob): Promise<string> {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(String(reader.result).replace(/^[^,]*,/, ""));
    reader.onerror = () => reject(reader.error);
    reader.readAsDataURL(content);
  });
}

/** Tells whether a text that is pasted is a table: a spreadsheet's has tabs, a CSV file's a line of names of columns. */
export function isTable(text: string): boolean {
  const head = text.trimStart().split(/\r?\n/, 1)[0] ?? "";
  return head.includes("\t") || (/[,;|]/.test(head) && /(^|[,;|])\s*"?username"?\s*($|[,;|])/i.test(head));
}
