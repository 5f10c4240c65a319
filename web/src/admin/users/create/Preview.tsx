import { Button } from "@mantine/core";
import { startTransition, useRef, useState } from "react";
import { createText } from "../../../text/create";
import { useText } from "../../../text/text";
import panel from "../../admin.module.css";
import form from "../../form.module.css";
import { groupsOf, groupsText } from "../../groupNames";
import classes from "./create.module.css";
import { type Fault, mostAtOnce, type Row } from "./rows";
import type { Rows } from "./useRows";

interface PreviewProps {
  rows: Rows;
  faults: ReadonlyMap<number, Fault>;
  /** How many will be made. */
  good: number;
  tooMany: boolean;
  asking: boolean;
}

const shownAtOnce = 100;

/** Who will be made, and each row that is wrong, where it can be corrected or left out. */
export function Preview({ rows, faults, good, tooMany, asking }: PreviewProps) {
  const text = useText(createText).preview;
  const [all, setAll] = useState(false);
  const [most, setMost] = useState(shownAtOnce);
  const section = useRef<HTMLElement>(null);
  // The button that was pressed goes with its row: who works by keys stays here.
  const staying =
    <T,>(act: (of: T) => void) =>
    (of: T) => {
      act(of);
      section.current?.focus();
    };
  const kept = { ...rows, leaveOut: staying(rows.leaveOut), mean: staying(rows.mean) };
  if (rows.rows.length === 0) return null;
  if (tooMany) return <p role="alert">{text.tooMany(mostAtOnce)}</p>;
  const listed = all ? rows.rows : rows.rows.filter((r) => faults.has(r.line) || rows.edited.has(r.line));
  return (
    <section ref={section} tabIndex={-1} className={classes.preview} aria-label={text.title}>
      <div role="status">
        <p>
          {text.ready(good)} {asking && <span className="muted">{text.asking}</span>}
        </p>
        {faults.size > 0 && <p>{text.out(faults.size)}</p>}
      </div>
      {listed.length > 0 && <RowTable rows={kept} listed={listed.slice(0, most)} faults={faults} />}
      <div className={form.fill}>
        {listed.length > most && (
          <Button variant="default" size="xs" onClick={() => setMost(most + shownAtOnce)}>
            {text.more(Math.min(listed.length - most, shownAtOnce))}
          </Button>
        )}
        {faults.size > 1 && (
          <Button variant="default" size="xs" onClick={() => kept.leaveOut(new Set(faults.keys()))}>
            {text.leaveOutAll(faults.size)}
          </Button>
        )}
        {rows.sheet && (
          <button type="button" className={panel.link} onClick={() => setAll(!all)}>
            {all ? text.wrong : text.all(rows.rows.length)}
          </button>
        )}
      </div>
    </section>
  );
}

interface RowTableProps {
  rows: Rows;
  listed: Row[];
  faults: ReadonlyMap<number, Fault>;
}

function RowTable({ rows, listed, faults }: RowTableProps) {
  const text = useText(createText);
  const has = {
    password: rows.rows.some((r) => r.password),
    groups: rows.rows.some((r) => r.groups),
    admin: rows.rows.some((r) => r.admin),
  };
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls is reached by keys
    <div className={classes.rows} tabIndex={0}>
      <table aria-label={text.preview.title}>
        <thead>
          <tr>
            <th scope="col">{text.preview.line}</th>
            <th scope="col">{text.result.username}</th>
            {has.admin && <th scope="col">{text.preview.admin}</th>}
            {has.groups && <th scope="col">{text.preview.groups}</th>}
            {has.password && <th scope="col">{text.result.password}</th>}
            <th scope="col">{text.preview.note}</th>
          </tr>
        </thead>
        <tbody>
          {listed.map((row) => (
            <PreviewRow key={row.line} row={row} fault={faults.get(row.line)} has={has} rows={rows} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

interface PreviewRowProps {
  row: Row;
  fault: Fault | undefined;
  has: { password: boolean; groups: boolean; admin: boolean };
  rows: Rows;
}

function PreviewRow({ row, fault, has, rows }: PreviewRowProps) {
  const text = useText(createText).preview;
  const open = fault !== undefined || rows.edited.has(row.line);
  const cell = (label: string, value: string, change: (value: string) => Partial<Row>) =>
    open ? <Cell label={label} value={value} onValue={(now) => rows.correct(row.line, change(now))} /> : value;
  return (
    <tr data-wrong={fault ? true : undefined}>
      <td>{row.line}</td>
      <td className="mono">{cell(text.nameIn(row.line), row.name, (name) => ({ name: name.trim().toLowerCase() }))}</td>
      {has.admin && <td>{row.admin ? text.yes : ""}</td>}
      {has.groups && (
        <td>
          {cell(text.groupsIn(row.line), groupsText(row.groups ?? []), (groups) => ({ groups: groupsOf(groups) }))}
        </td>
      )}
      {has.password && (
        <td className="mono">{cell(text.passwordIn(row.line), row.password ?? "", (password) => ({ password }))}</td>
      )}
      <td>
        <span>{fault ? fault.text : open && text.fine}</span>{" "}
        {fault?.doubt && (
          <Button
            size="compact-xs"
            variant="default"
            aria-label={text.meanLine(row.line)}
            onClick={() => rows.mean(row.name)}
          >
            {text.mean}
          </Button>
        )}{" "}
        {fault && (
          <Button
            size="compact-xs"
            variant="default"
            aria-label={text.leaveOutLine(row.line)}
            onClick={() => rows.leaveOut(new Set([row.line]))}
          >
            {text.leaveOut}
          </Button>
        )}
      </td>
    </tr>
  );
}

/** A cell that is corrected. What is typed is there at once; what it means for all other rows comes after. */
function Cell({ label, value, onValue }: { label: string; value: string; onValue: (value: string) => void }) {
  const [draft, setDraft] = useState(value);
  return (
    <input
      className={form.small}
      aria-label={label}
      value={draft}
      onChange={(e) => {
        const now = e.target.value;
        setDraft(now);
        startTransition(() => onValue(now));
      }}
    />
  );
}
