import { useMutation } from "@tanstack/react-query";
import { type ReactNode, useId, useState } from "react";
import { type UsageTable, usageFile } from "../../api/usage";
import { Problem } from "../../components/Problem";
import { useApp } from "../../context";
import { keepFile } from "../../download";
import { dashboardText } from "../../text/dashboard";
import { useText } from "../../text/text";
import classes from "./dashboard.module.css";

interface CardProps {
  title: string;
  about?: string;
  /** The table of the hub's that the file is made from, and what is asked for. */
  file: { table: UsageTable; query: string; name: string };
  /** Nothing happened: there is neither a chart nor a table. */
  empty: boolean;
  /** Without one the table is all that there is. */
  chart?: ReactNode;
  table: ReactNode;
}

/** A chart, the table behind it, and the same as a file. */
export function Card({ title, about, file, empty, chart, table }: CardProps) {
  const { api } = useApp();
  const text = useText(dashboardText);
  const id = useId();
  const [asTable, setAsTable] = useState(false);
  const saving = useMutation({
    mutationFn: () => usageFile(api, file.table, file.query),
    onSuccess: (content) => keepFile(`${file.name}.csv`, content),
  });
  return (
    <section className={`card ${classes.card}`} aria-labelledby={id}>
      <div className={classes.head}>
        <h2 id={id}>{title}</h2>
        {!empty && (
          <span className={classes.buttons}>
            {chart && (
              <button
                type="button"
                className="btn"
                aria-pressed={asTable}
                aria-label={`${text.asTable}: ${title}`}
                onClick={() => setAsTable(!asTable)}
              >
                {text.asTable}
              </button>
            )}
            <button
              type="button"
              className="btn"
              aria-label={`CSV: ${title}`}
              disabled={saving.isPending}
              onClick={() => saving.mutate()}
            >
              CSV
            </button>
          </span>
        )}
      </div>
      {about && <p className="muted small">{about}</p>}
      {saving.error && <Problem what={text.csvFailed} error={saving.error} />}
      {empty && <p>{text.nothing}</p>}
      {!empty && chart && !asTable && chart}
      {!empty && (!chart || asTable) && (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, and keys reach it only so
        <div className={classes.frame} tabIndex={0}>
          {table}
        </div>
      )}
    </section>
  );
}

/** The place of cards whose numbers are still to come, or can't be had. */
export function Waiting({ error, onRetry }: { error: unknown; onRetry: () => void }) {
  const text = useText(dashboardText);
  if (error) return <Problem what={text.failed} error={error} onRetry={onRetry} />;
  return <div className={`card ${classes.card} ${classes.waiting}`} aria-busy="true" />;
}
