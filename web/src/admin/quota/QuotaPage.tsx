import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { listRules, type QuotaRule } from "../../api/quota";
import { Loading } from "../../components/Loading";
import { Problem } from "../../components/Problem";
import { Time } from "../../components/Time";
import table from "../../components/table.module.css";
import { tableRoles } from "../../components/tableRoles";
import { useApp } from "../../context";
import { mayAny } from "../../scopes";
import { rulesText } from "../../text/quotarules";
import { useText } from "../../text/text";
import { DryRun } from "./DryRun";
import { doesOf, timesOf, whomOf } from "./words";

/** The rules by which people get credits at times, when they come next, and what they would do. */
export default function QuotaPage() {
  const { api } = useApp();
  const text = useText(rulesText);
  const [shown, setShown] = useState<string | null>(null);
  const { data, error, refetch } = useQuery({
    queryKey: ["quota rules"],
    queryFn: ({ signal }) => listRules(api, signal),
    refetchInterval: 60_000,
    retry: false,
  });
  return (
    <div className="wide">
      <h1>{text.title}</h1>
      {error && <Problem what={text.failed} error={error} onRetry={() => void refetch()} />}
      {!data && !error && <Loading rows={3} height={32} />}
      {data?.length === 0 && (
        <div className="card">
          <p>{text.empty}</p>
        </div>
      )}
      {data && data.length > 0 && (
        <>
          <p className="muted">{text.about}</p>
          <Rules rules={data} onLook={setShown} />
        </>
      )}
      {shown !== null && <DryRun name={shown} onClose={() => setShown(null)} />}
    </div>
  );
}

const columns = ["name", "does", "whom", "when", "next", "last"] as const;

function Rules({ rules, onLook }: { rules: QuotaRule[]; onLook: (name: string) => void }) {
  const { data } = useApp();
  const text = useText(rulesText);
  const looks = mayAny(data.scopes, ["admin:quota"]);
  const cell = { ...tableRoles.cell };
  return (
    <div className="scroll">
      <table
        className={`${table.table} ${table.stacked} ${table.labelled}`}
        {...tableRoles.table}
        aria-label={text.title}
      >
        <thead {...tableRoles.group}>
          <tr {...tableRoles.row}>
            {columns.map((column) => (
              <th key={column} {...tableRoles.head}>
                {text.column[column]}
              </th>
            ))}
            {looks && (
              <th {...tableRoles.head}>
                <span className="hidden">{text.look}</span>
              </th>
            )}
          </tr>
        </thead>
        <tbody {...tableRoles.group}>
          {rules.map((rule) => (
            <tr key={rule.name} {...tableRoles.row}>
              <th {...tableRoles.rowHead}>{rule.name}</th>
              <td {...cell} data-label={text.column.does}>
                {doesOf(rule, text)}
              </td>
              <td {...cell} data-label={text.column.whom}>
                {whomOf(rule, text)}
              </td>
              <td {...cell} data-label={text.column.when}>
                {rule.schedule ? (
                  <>
                    <code>{rule.schedule}</code> <span className="muted small">{rule.time_zone}</span>
                  </>
                ) : (
                  timesOf(rule, text)
                )}
              </td>
              <td {...cell} data-label={text.column.next}>
                <Time at={rule.next} none={text.never} ahead />
              </td>
              <td {...cell} data-label={text.column.last}>
                <Time at={rule.last?.at ?? null} none={text.notYet} />
                {rule.last && <span className="muted small">: {text.did(rule.last.users_updated)}</span>}
              </td>
              {looks && (
                <td {...cell}>
                  {rule.schedule && (
                    <button
                      type="button"
                      className="btn"
                      aria-label={text.lookFor(rule.name)}
                      onClick={() => onLook(rule.name)}
                    >
                      {text.look}
                    </button>
                  )}
                </td>
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
