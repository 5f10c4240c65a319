import { type RefObject, useDeferredValue, useEffect, useMemo, useState } from "react";
import type { Sheet } from "../../useSheet";
import type { How } from "./how";
import { type Row, readNames, rowsOf, withNames } from "./rows";

/** What was typed or read, for a dialog that is opened again. */
export interface Draft {
  typed: string;
  sheet: Sheet | null;
  read: Row[];
  how?: How;
}

/**
 * Whom the dialog is about: what is typed, or a table in its place; what is typed waits until the table is gone. Rows keep
 * their lines, and those that somebody corrected stay in sight.
 */
export function useRows(draft: RefObject<Draft | null>) {
  const [typed, setTyped] = useState(draft.current?.typed ?? "");
  const [sheet, setSheet] = useState<Sheet | null>(draft.current?.sheet ?? null);
  const [read, setRead] = useState<Row[]>(draft.current?.read ?? []);
  const [edited, setEdited] = useState<ReadonlySet<number>>(new Set());
  const [meant, setMeant] = useState<ReadonlySet<string>>(new Set());
  // Of 10,000 lines the key that is pressed comes first, and what it means right after.
  const lines = useDeferredValue(typed);
  const rows = useMemo(() => (sheet ? read : readNames(lines, edited)), [sheet, read, lines, edited]);
  useEffect(() => {
    draft.current = { ...draft.current, typed, sheet, read };
  }, [draft, typed, sheet, read]);

  return {
    typed,
    sheet,
    rows,
    edited,
    meant,
    type: (text: string) => {
      setTyped(text);
      setEdited(new Set());
    },
    table: (next: Sheet | null) => {
      setSheet(next);
      setRead(next ? rowsOf(next.told) : []);
      setEdited(new Set());
    },
    /** Corrects a row. What the hub found in it is gone with that; it is looked at anew. */
    correct: (line: number, change: Partial<Row>) => {
      setEdited((now) => new Set(now).add(line));
      if (!sheet) return setTyped((now) => withNames(now, new Map([[line, change.name ?? ""]])));
      setRead((now) => now.map((r) => (r.line === line ? corrected(r, change) : r)));
    },
    leaveOut: (lines: ReadonlySet<number>) => {
      setEdited((now) => new Set([...now].filter((line) => !lines.has(line))));
      if (sheet) setRead((now) => now.filter((r) => !lines.has(r.line)));
      else setTyped((now) => withNames(now, new Map([...lines].map((line) => [line, ""]))));
    },
    /** Says that a name is what somebody wants, odd as it is. */
    mean: (name: string) => setMeant((now) => new Set(now).add(name)),
  };
}

export type Rows = ReturnType<typeof useRows>;

function corrected(row: Row, change: Partial<Row>): Row {
  const { fault: _, ...rest } = row;
  return { ...rest, ...change };
}
