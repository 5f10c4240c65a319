import { useState } from "react";
import type { Person } from "../../api/users";
import { Confirm } from "../../components/Confirm";
import { Time } from "../../components/Time";
import { tableRoles } from "../../components/tableRoles";
import { useText } from "../../text/text";
import { usersText } from "../../text/users";
import { IconButton } from "../IconButton";
import { mainServer, ServerCell } from "./ServerCell";
import type { RowActions } from "./useRowActions";
import classes from "./users.module.css";

interface UserRowProps {
  person: Person;
  selected: boolean;
  /** Whether it is the one that keys act on. */
  current: boolean;
  onSelect: (on: boolean, range: boolean) => void;
  actions: RowActions;
}

export function UserRow({ person, selected, current, onSelect, actions }: UserRowProps) {
  const text = useText(usersText).users;
  return (
    <tr
      {...tableRoles.row}
      className={classes.row}
      data-selected={selected || undefined}
      data-current={current || undefined}
      data-name={person.name}
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
        <button type="button" className={classes.link} onClick={() => actions.open(person.name)}>
          {person.name}
        </button>{" "}
        <AccountBadge person={person} />
      </th>
      <td {...tableRoles.cell} className={classes.groups}>
        {person.groups?.join(", ")}
      </td>
      <td {...tableRoles.cell}>{person.admin && <span className={classes.badge}>{text.admin}</span>}</td>
      <td {...tableRoles.cell}>
        <ServerCell person={person} />
      </td>
      <td {...tableRoles.cell} className={classes.time}>
        <Time at={person.last_activity ?? null} none={text.never} />
      </td>
      <td {...tableRoles.cell} className={classes.actions}>
        <IconButton icon="pencil" label={text.edit(person.name)} onClick={() => actions.open(person.name)} />
        <IconButton icon="key" label={text.setPassword(person.name)} onClick={() => actions.setPassword(person.name)} />
        <ServerControl person={person} actions={actions} />
      </td>
    </tr>
  );
}

function AccountBadge({ person }: { person: Person }) {
  const text = useText(usersText).users.account;
  const state = person.suspended
    ? "suspended"
    : person.password === "unclaimed"
      ? "unclaimed"
      : person.must_change_password
        ? "must_change"
        : null;
  return state && <span className={classes.account}>{text[state]}</span>;
}

/** The green button or the red one, for the server that the row is about. */
function ServerControl({ person, actions }: { person: Person; actions: RowActions }) {
  const text = useText(usersText).users;
  const [asking, setAsking] = useState(false);
  const server = mainServer(person);
  if (!server || server.pending === "stop") return null;
  if (server.pending) {
    const cancel = text.cancelStart(person.name);
    return <IconButton icon="stop" tone="bad" label={cancel} onClick={() => actions.stop(person.name, server.name)} />;
  }
  if (!server.ready) {
    return (
      <IconButton icon="play" tone="good" label={text.start(person.name)} onClick={() => actions.start(person.name)} />
    );
  }
  return (
    <>
      <IconButton icon="stop" tone="bad" label={text.stop(person.name)} onClick={() => setAsking(true)} />
      {asking && (
        <Confirm
          title={text.stopQuestion(person.name)}
          keep={text.keepRunning}
          act={text.stopAct}
          onKeep={() => setAsking(false)}
          onAct={() => {
            setAsking(false);
            actions.stop(person.name, server.name);
          }}
        >
          {text.stopWarning}
        </Confirm>
      )}
    </>
  );
}
