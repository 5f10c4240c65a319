import { Skeleton } from "@mantine/core";
import { Fragment, useId, useState } from "react";
import type { AuditEntry } from "../../api/audit";
import { Time } from "../../components/Time";
import table from "../../components/table.module.css";
import { tableRoles } from "../../components/tableRoles";
import { auditText } from "../../text/audit";
import { useText } from "../../text/text";
import { IconButton } from "../IconButton";
import classes from "./audit.module.css";
import { type AuditView, type Difference, differences, inBrief } from "./query";

interface AuditTableProps {
  /** undefined while they are looked up for the first time. */
  entries: AuditEntry[] | undefined;
  /** Others were asked for, and are not there yet. */
  stale: boolean;
  onShow: (part: Partial<AuditView>) => void;
}

export function AuditTable({ entries, stale, onShow }: AuditTableProps) {
  const text = useText(auditText);
  const [opened, setOpened] = useState<number | null>(null);
  return (
    <div className="scroll">
      <table
        className={`${table.table} ${table.stacked} ${table.labelled} ${classes.table}`}
        {...tableRoles.table}
        aria-label={text.table}
        aria-busy={!entries || stale}
      >
        <thead {...tableRoles.group}>
          <tr {...tableRoles.row}>
            {(["at", "who", "what", "whom", "from"] as const).map((column) => (
              <th key={column} {...tableRoles.head}>
                {text.column[column]}
              </th>
            ))}
            <th {...tableRoles.head}>
              <span className="hidden">{text.column.details}</span>
            </th>
          </tr>
        </thead>
        <tbody {...tableRoles.group}>
          {entries?.map((entry) => (
            <EntryRow
              key={entry.id}
              entry={entry}
              opened={opened === entry.id}
              onOpen={(on) => setOpened(on ? entry.id : null)}
              onShow={onShow}
            />
          )) ?? Array.from({ length: 8 }, (_, n) => <SkeletonRow key={String(n)} />)}
        </tbody>
      </table>
    </div>
  );
}

interface EntryRowProps {
  entry: AuditEntry;
  opened: boolean;
  onOpen: (on: boolean) => void;
  onShow: (part: Partial<AuditView>) => void;
}

function EntryRow({ entry, opened, onOpen, onShow }: EntryRowProps) {
  const text = useText(auditText);
  const details = useId();
  const what = text.actions[entry.action] ?? entry.action;
  const whom = partyOf(entry.target, text);
  const fields = differences(entry.before, entry.after);
  const brief = inBrief(fields);
  return (
    <Fragment>
      <tr {...tableRoles.row}>
        <td {...tableRoles.cell} data-label={text.column.at}>
          <Time at={entry.at} none="" />
        </td>
        <td {...tableRoles.cell} data-label={text.column.who}>
          {entry.actor.name || text.hub}
        </td>
        <td {...tableRoles.cell} data-label={text.column.what} title={entry.action}>
          {what}
        </td>
        <td {...tableRoles.cell} data-label={text.column.whom} title={brief ? `${whom}, ${brief}` : whom}>
          {whom} {brief && <span className="muted small">{brief}</span>}
        </td>
        <td {...tableRoles.cell} data-label={text.column.from} className="mono small">
          {entry.address || "–"}
        </td>
        <td {...tableRoles.cell}>
          <IconButton
            data-row
            icon={opened ? "up" : "down"}
            label={text.show(`${entry.actor.name || text.hub} ${what} ${whom}`)}
            aria-expanded={opened}
            aria-controls={opened ? details : undefined}
            onClick={() => onOpen(!opened)}
          />
        </td>
      </tr>
      {opened && (
        <tr {...tableRoles.row} id={details}>
          <td {...tableRoles.cell} colSpan={6} className={classes.details}>
            <Details entry={entry} fields={fields} onShow={onShow} />
          </td>
        </tr>
      )}
    </Fragment>
  );
}

/** The kind of what was changed, and its name; that it is a person goes without saying. */
function partyOf(party: AuditEntry["target"], text: { kinds: Record<string, string>; hub: string }): string {
  if (party.kind === "user") return party.name;
  const kind = text.kinds[party.kind] ?? party.kind;
  // The default server of somebody is the one without a name: nothing follows the slash.
  const name = party.kind === "server" ? party.name.replace(/\/$/, "") : party.name;
  return name && name !== party.kind ? `${kind} ${name}` : kind;
}

interface DetailsProps extends Pick<EntryRowProps, "entry" | "onShow"> {
  fields: Difference[];
}

function Details({ entry, fields, onShow }: DetailsProps) {
  const text = useText(auditText);
  const { job, request_id: request } = entry;
  return (
    <>
      {fields.length === 0 ? (
        <p className="muted">{text.nothing}</p>
      ) : (
        <table className={classes.fields}>
          <thead>
            <tr>
              <th scope="col">{text.field}</th>
              <th scope="col">{text.before}</th>
              <th scope="col">{text.after}</th>
            </tr>
          </thead>
          <tbody>
            {fields.map((d) => (
              <tr key={d.field}>
                <th scope="row" className="mono">
                  {d.field}
                </th>
                <td>{d.before || "–"}</td>
                <td>{d.after || "–"}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      <div className={classes.more}>
        <span className="mono small">{entry.action}</span>
        {job !== null && (
          <button type="button" className="btn small" onClick={() => onShow({ job: String(job) })}>
            {text.sameBatch}
          </button>
        )}
        {request && (
          <>
            <span className="muted small">
              {text.requestId} <span className="mono">{request}</span>
            </span>
            <button type="button" className="btn small" onClick={() => onShow({ request })}>
              {text.sameRequest}
            </button>
          </>
        )}
      </div>
    </>
  );
}

function SkeletonRow() {
  return (
    <tr>
      {["5rem", "6rem", "8rem", "8rem", "6rem", "2rem"].map((width, n) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: they have no other
        <td key={n}>
          <Skeleton height={16} width={width} my={7} />
        </td>
      ))}
    </tr>
  );
}
