import { Button } from "@mantine/core";
import { type ClipboardEvent, useEffect, useId, useState } from "react";
import { Problem } from "../../../components/Problem";
import { createText } from "../../../text/create";
import { useText } from "../../../text/text";
import form from "../../form.module.css";
import { PickFile } from "../../PickFile";
import { isTable, type Sheet, useSheet } from "../../useSheet";
import classes from "./create.module.css";
import { numbered } from "./rows";
import type { Rows } from "./useRows";

/** Names typed one a line, made of a prefix and a count, or a table: pasted, dropped here, or chosen. */
export function Who({ rows }: { rows: Rows }) {
  const text = useText(createText).who;
  const reading = useSheet(text.tooLarge, rows.table);
  const over = useDrop(reading.mutate);
  const paste = (e: ClipboardEvent) => {
    const pasted = e.clipboardData.getData("text/plain");
    if (!isTable(pasted)) return;
    e.preventDefault();
    reading.mutate(pasted);
  };
  const from = reading.variables;
  return (
    <div className={classes.who} data-over={over || undefined}>
      {rows.sheet ? (
        <Table sheet={rows.sheet} onSheet={(sheet) => rows.sheet && reading.mutate({ file: rows.sheet.file, sheet })} />
      ) : (
        <Names typed={rows.typed} onType={rows.type} onPaste={paste} />
      )}
      <div className={form.fill}>
        <PickFile label={rows.sheet ? text.another : text.pick} loading={reading.isPending} onPick={reading.mutate} />
        {rows.sheet && (
          <Button variant="default" size="xs" onClick={() => rows.table(null)}>
            {text.back}
          </Button>
        )}
        <span className="muted small">{text.drop}</span>
      </div>
      {reading.error && (
        <Problem what={text.unread(from instanceof File ? from.name : text.pasted)} error={reading.error} />
      )}
    </div>
  );
}

/** Takes a file that is dropped anywhere on the page: beside the dialog the browser would leave the page for it. */
function useDrop(onFile: (file: File) => void): boolean {
  const [over, setOver] = useState(false);
  useEffect(() => {
    const dragged = (e: DragEvent) => {
      if (!e.dataTransfer?.types.includes("Files")) return;
      e.preventDefault();
      setOver(e.type === "dragover");
      const file = e.type === "drop" && e.dataTransfer.files[0];
      if (file) onFile(file);
    };
    const kinds = ["dragover", "dragleave", "drop"] as const;
    for (const kind of kinds) window.addEventListener(kind, dragged);
    return () => {
      for (const kind of kinds) window.removeEventListener(kind, dragged);
    };
  }, [onFile]);
  return over;
}

interface NamesProps {
  typed: string;
  onType: (typed: string) => void;
  onPaste: (e: ClipboardEvent) => void;
}

function Names({ typed, onType, onPaste }: NamesProps) {
  const text = useText(createText).who;
  const id = useId();
  return (
    <>
      <label htmlFor={id} className={form.label}>
        {text.names}
      </label>
      <p id={`${id}-hint`} className="muted small">
        {text.hint}
      </p>
      <textarea
        id={id}
        aria-describedby={`${id}-hint`}
        className={form.code}
        rows={7}
        value={typed}
        onChange={(e) => onType(e.target.value)}
        onPaste={onPaste}
        spellCheck={false}
        data-autofocus
      />
      <Numbered onNames={(names) => onType([typed.trimEnd(), ...names].filter(Boolean).join("\n"))} />
    </>
  );
}

const mostNumbered = 10_000;

/** Makes names of a prefix and a count. */
function Numbered({ onNames }: { onNames: (names: string[]) => void }) {
  const text = useText(createText).who;
  const [prefix, setPrefix] = useState("");
  const [start, setStart] = useState(1);
  const [count, setCount] = useState(30);
  const whole = (n: number, least: number) => Math.min(Math.max(Math.trunc(n) || least, least), mostNumbered);
  return (
    <div className={`${form.fill} ${classes.numbered}`}>
      <label>
        {text.prefix}{" "}
        <input className={form.small} value={prefix} maxLength={50} onChange={(e) => setPrefix(e.target.value)} />
      </label>
      <label>
        {text.start}{" "}
        <input
          className={form.small}
          type="number"
          min={0}
          value={start}
          onChange={(e) => setStart(Number(e.target.value))}
        />
      </label>
      <label>
        {text.count}{" "}
        <input
          className={form.small}
          type="number"
          min={1}
          max={mostNumbered}
          value={count}
          onChange={(e) => setCount(Number(e.target.value))}
        />
      </label>
      <Button
        variant="default"
        size="xs"
        onClick={() => onNames(numbered(prefix, whole(start, 0), whole(count, 1)))}
        disabled={prefix.trim() === ""}
      >
        {text.fill}
      </Button>
    </div>
  );
}

/** What was read of a table, and what was not. */
function Table({ sheet: { file, told }, onSheet }: { sheet: Sheet; onSheet: (sheet: string) => void }) {
  const text = useText(createText).who;
  return (
    <div role="status">
      <p className={form.label}>{file.pasted ? text.pasted : file.name}</p>
      {told.sheet !== null && told.other_sheets.length > 0 && (
        <label>
          {text.sheet}{" "}
          <select value={told.sheet} onChange={(e) => onSheet(e.target.value)}>
            {[told.sheet, ...told.other_sheets].map((name) => (
              <option key={name}>{name}</option>
            ))}
          </select>
        </label>
      )}
      {told.rows.length + told.problems.length === 0 && <p>{text.none}</p>}
      {told.ignored_columns.length > 0 && (
        <p className="muted small">{text.ignored(told.ignored_columns.join(", "))}</p>
      )}
      {told.hidden_rows > 0 && <p className="muted small">{text.hidden(told.hidden_rows)}</p>}
    </div>
  );
}
