import { Time } from "../../components/Time";
import { tableRoles } from "../../components/tableRoles";
import { useApp } from "../../context";
import { useText } from "../../text/text";
import { usersText } from "../../text/users";
import panel from "../admin.module.css";
import { IconButton } from "../IconButton";
import { accountStatesOf } from "./account";
import type { Listed } from "./live";
import { QuotaCell } from "./quota/QuotaCell";
import { rightsOn, showsQuota } from "./rights";
import { mainServer, ServerCell } from "./ServerCell";
import { ServerControl } from "./ServerControl";
import own from "./server.module.css";
import type { RowActions } from "./useRowActions";
import classes from "./users.module.css";

interface UserRowProps {
  person: Listed;
  selected: boolean;
  /** Whether it is the one that keys act on. */
  current: boolean;
  /** Whether a start is followed step by step. */
  follow: boolean;
  onSelect: (on: boolean, range: boolean) => void;
  actions: RowActions;
}

export function UserRow({ person, selected, current, follow, onSelect, actions }: UserRowProps) {
  const { data } = useApp();
  const text = useText(usersText).users;
  const groups = person.groups?.join(", ");
  return (
    <tr
      {...tableRoles.row}
      className={classes.row}
      data-selected={selected || undefined}
      data-current={current || undefined}
      data-name={person.name}
      data-gone={person.gone || undefined}
    >
      <td {...tableRoles.cell} className={classes.check}>
        <label className={classes.checkTarget}>
          <input
            type="checkbox"
            checked={selected}
            aria-label={text.select(person.name)}
            onChange={() => undefined}
            onClick={(e) => onSelect(!selected, e.shiftKey)}
          />
        </label>
      </td>
      <th {...tableRoles.rowHead} className={classes.name}>
        <span className={classes.who}>
          <button
            type="button"
            className={panel.link}
            title={person.name}
            disabled={person.gone}
            onClick={() => actions.open(person.name)}
          >
            {person.name}
          </button>{" "}
          <AccountBadges person={person} />
        </span>
      </th>
      <td {...tableRoles.cell} className={classes.groups} title={groups}>
        {groups}
      </td>
      <td {...tableRoles.cell} className={classes.role}>
        {person.admin && <span className={classes.badge}>{text.admin}</span>}
      </td>
      {showsQuota(data) && (
        <td {...tableRoles.cell} className={classes.quota} data-label={text.column.quota}>
          {!person.gone && person.quota && <QuotaCell person={person} quota={person.quota} />}
        </td>
      )}
      <td {...tableRoles.cell} className={classes.server}>
        {!person.gone && <ServerCell person={person} follow={follow} />}
      </td>
      <td {...tableRoles.cell} className={classes.time} data-label={text.column.last_activity}>
        <Time at={person.last_activity ?? null} none={text.never} />
      </td>
      <td {...tableRoles.cell} className={classes.actions}>
        {!person.gone && <Actions person={person} actions={actions} />}
      </td>
    </tr>
  );
}

function Actions({ person, actions }: Pick<UserRowProps, "person" | "actions">) {
  const { data } = useApp();
  const text = useText(usersText).users;
  const rights = rightsOn(data, person);
  return (
    <>
      {rights.edit && (
        <IconButton icon="pencil" label={text.edit(person.name)} onClick={() => actions.open(person.name)} />
      )}
      {rights.password && (
        <IconButton icon="key" label={text.setPassword(person.name)} onClick={() => actions.setPassword(person.name)} />
      )}
      <span className={own.control}>
        <ServerControl person={person} server={mainServer(person)} start={actions.start} stop={actions.stop} />
      </span>
    </>
  );
}

function AccountBadges({ person }: { person: Listed }) {
  const text = useText(usersText).users;
  const states = accountStatesOf(person, Date.now());
  if (person.gone) return <span className={classes.account}>{text.account.gone}</span>;
  return states.map((state) => (
    <span key={state} className={classes.account} title={text.account[state]}>
      {state === "dormant" ? text.dormant : text.account[state]}
    </span>
  ));
}
