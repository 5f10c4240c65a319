import type { GivenToken } from "../../api/services";
import { Time } from "../../components/Time";
import table from "../../components/table.module.css";
import { tableRoles } from "../../components/tableRoles";
import { useApp } from "../../context";
import { mayAll } from "../../scopes";
import { servicesText } from "../../text/services";
import { useText } from "../../text/text";
import classes from "./services.module.css";

interface TableProps {
  tokens: GivenToken[];
  stale: boolean;
  onWhose: (user: string) => void;
  onRevoke: (token: GivenToken) => void;
}

export function TokenTable({ tokens, stale, onWhose, onRevoke }: TableProps) {
  const text = useText(servicesText);
  return (
    <div className="scroll" aria-busy={stale}>
      <table className={`${table.table} ${table.stacked} ${table.labelled}`} {...tableRoles.table}>
        <thead {...tableRoles.group}>
          <tr {...tableRoles.row}>
            {[text.whose, text.note, text.may, text.made, text.used, text.ends].map((label) => (
              <th key={label} {...tableRoles.head}>
                {label}
              </th>
            ))}
            <th {...tableRoles.head}>
              <span className="hidden">{text.revoke}</span>
            </th>
          </tr>
        </thead>
        <tbody {...tableRoles.group}>
          {tokens.map((one) => (
            <TokenLine key={one.id} token={one} onWhose={() => onWhose(one.user)} onRevoke={() => onRevoke(one)} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function TokenLine({ token, onWhose, onRevoke }: { token: GivenToken; onWhose: () => void; onRevoke: () => void }) {
  const { data } = useApp();
  const text = useText(servicesText);
  return (
    <tr {...tableRoles.row} data-row tabIndex={-1}>
      <th {...tableRoles.rowHead}>
        <button type="button" className={classes.name} onClick={onWhose}>
          {token.user}
        </button>
      </th>
      <td {...tableRoles.cell} data-label={text.note}>
        {token.note || <span className="muted">{text.noNote}</span>}
      </td>
      <td {...tableRoles.cell} data-label={text.may} title={token.scopes.join("\n")}>
        <Scopes scopes={token.scopes} />
      </td>
      <td {...tableRoles.cell} data-label={text.made}>
        <Time at={token.created} none="" />
      </td>
      <td {...tableRoles.cell} data-label={text.used}>
        <Time at={token.last_activity} none={text.unused} />
      </td>
      <td {...tableRoles.cell} data-label={text.ends}>
        <Time at={token.expires_at} none={text.never} />
      </td>
      <td {...tableRoles.cell} className={classes.act}>
        {mayAll(data.scopes, "tokens") && (
          <button
            type="button"
            className="btn small"
            aria-label={text.revokeOf(token.note || text.noNote, token.user)}
            onClick={onRevoke}
          >
            {text.revoke}
          </button>
        )}
      </td>
    </tr>
  );
}

/** Few are said; of many the first. */
const shown = 2;

function Scopes({ scopes }: { scopes: string[] }) {
  const text = useText(servicesText);
  if (scopes.includes("inherit")) return text.mayAll;
  if (scopes.length <= shown + 1) return text.mayFew(scopes);
  return text.mayMany(scopes.slice(0, shown), scopes.length - shown);
}
