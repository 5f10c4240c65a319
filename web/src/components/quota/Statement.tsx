import { Skeleton } from "@mantine/core";
import { useState } from "react";
import { OlderPages } from "../../admin/OlderPages";
import type { QuotaEntry, QuotaRun, Statement } from "../../api/quota";
import { quotaText } from "../../text/quota";
import { useText } from "../../text/text";
import { duration } from "../../time";
import { Problem } from "../Problem";
import { Time } from "../Time";
import table from "../table.module.css";
import { tableRoles } from "../tableRoles";
import { Left } from "./Left";
import { exactOf, partsOf } from "./parts";
import classes from "./quota.module.css";
import { useStatement } from "./useStatement";

interface Part {
  /** Of the level that comes next on the page. */
  heading: "h2" | "h4";
}

interface StatementProps {
  name: string;
  /** All but what is left is shown when it is asked for. */
  folded?: boolean;
}

/** What somebody has, what runs at its cost, how it came to that, and each entry. */
export function StatementOf({ name, folded = false }: StatementProps) {
  const text = useText(quotaText);
  const [before, setBefore] = useState("");
  const { data, error, refetch, isPlaceholderData } = useStatement(name, before);
  const heading = folded ? "h4" : "h2";
  const all = data && (
    <>
      {data.running.length > 0 && <Running running={data.running} heading={heading} />}
      <Why statement={data} heading={heading} />
      <Entries entries={data.recent_transactions} stale={isPlaceholderData} heading={heading} />
      <OlderPages words={text.statement} before={before} older={data.next_before ?? undefined} onShow={setBefore} />
    </>
  );
  return (
    <>
      {error && <Problem what={text.statement.failed} error={error} onRetry={() => void refetch()} />}
      {!data && !error && <Skeleton height={160} />}
      {data && (
        <>
          <Left statement={data} />
          {folded ? (
            <details>
              <summary className={classes.fold}>{text.left.statement}</summary>
              {all}
            </details>
          ) : (
            all
          )}
        </>
      )}
    </>
  );
}

function Running({ running, heading: Heading }: Part & { running: QuotaRun[] }) {
  const text = useText(quotaText);
  return (
    <section aria-label={text.running.title}>
      <Heading className={classes.head}>{text.running.title}</Heading>
      <ul className={classes.runs}>
        {running.map((run) => (
          <li key={run.server_name}>
            <strong>{run.server_name || text.defaultServer}</strong> {text.rate(run.rate)},{" "}
            {run.seconds > 0 ? text.running.spent(run.spent, duration(run.seconds)) : text.running.notYet}
            {partsOf(run.held) > 0 && `; ${text.running.held(run.held)}`}
          </li>
        ))}
      </ul>
    </section>
  );
}

const first = ["initial_grant"];
const last = ["usage", "running", "held"];

/** What was given comes before what was used. */
function order(of: string): number {
  return first.includes(of) ? -1 : last.indexOf(of) + 1;
}

/** The sum that what is available is. */
function Why({ statement, heading: Heading }: Part & { statement: Statement }) {
  const text = useText(quotaText);
  const rows = statement.why.filter((row) => row.exact !== "0").sort((a, b) => order(a.of) - order(b.of));
  const sum = statement.why.reduce((all, row) => all + partsOf(row.exact), 0);
  return (
    <section aria-label={text.why.title}>
      <Heading className={classes.head}>{text.why.title}</Heading>
      <table className={classes.why} aria-label={text.why.title}>
        <tbody>
          {rows.map((row) => (
            <tr key={row.of}>
              <th scope="row">
                {text.why.of[row.of] ?? row.of}
                {row.entries > 1 && <span className="muted"> {text.why.times(row.entries)}</span>}
              </th>
              <td>{text.signed(row.exact)}</td>
            </tr>
          ))}
        </tbody>
        <tfoot>
          <tr>
            <th scope="row">{text.why.sum}</th>
            <td>{text.exactly(exactOf(sum))}</td>
          </tr>
        </tfoot>
      </table>
    </section>
  );
}

function Entries({ entries, stale, heading: Heading }: Part & { entries: QuotaEntry[]; stale: boolean }) {
  const text = useText(quotaText);
  const words = text.statement;
  if (entries.length === 0) return <p className="muted">{words.empty}</p>;
  return (
    <section aria-label={words.title}>
      <Heading className={classes.head}>{words.title}</Heading>
      <div className="scroll">
        <table
          className={`${table.table} ${table.stacked} ${table.labelled} ${classes.entries}`}
          {...tableRoles.table}
          aria-label={words.title}
          aria-busy={stale}
        >
          <thead {...tableRoles.group}>
            <tr {...tableRoles.row}>
              {(["at", "what", "amount", "after"] as const).map((column) => (
                <th key={column} {...tableRoles.head}>
                  {words.column[column]}
                </th>
              ))}
            </tr>
          </thead>
          <tbody {...tableRoles.group}>
            {entries.map((entry) => (
              <tr key={entry.id} {...tableRoles.row}>
                <td {...tableRoles.cell} data-label={words.column.at}>
                  <Time at={entry.created_at} none="" />
                </td>
                <td {...tableRoles.cell} data-label={words.column.what}>
                  <What entry={entry} />
                </td>
                <td {...tableRoles.cell} data-label={words.column.amount}>
                  {text.signed(entry.exact)}
                </td>
                <td {...tableRoles.cell} data-label={words.column.after}>
                  {text.exactly(entry.exact_after)}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

/** What an entry is about, in words, with who did it. */
function What({ entry }: { entry: QuotaEntry }) {
  const text = useText(quotaText);
  const ran = entry.server_name !== undefined;
  return (
    <>
      {ran
        ? text.statement.ran(
            entry.server_name || text.defaultServer,
            duration(entry.seconds ?? 0),
            text.rate(entry.rate ?? 0),
          )
        : (text.why.of[entry.transaction_type] ?? entry.transaction_type)}
      {!ran && entry.transaction_type !== "initial_grant" && (
        <span className="muted"> {text.statement.by(entry.created_by)}</span>
      )}
      {entry.description && <span className={classes.note}>{entry.description}</span>}
    </>
  );
}
