import { type Server, shownName } from "../../api/servers";
import { useProgress } from "../../api/useProgress";
import { EndsAt } from "../../components/EndsAt";
import { StopsAt } from "../../components/StopsAt";
import { Time } from "../../components/Time";
import { tableRoles } from "../../components/tableRoles";
import { useApp } from "../../context";
import { homeText } from "../../text/home";
import { useText } from "../../text/text";
import classes from "./home.module.css";
import { ServerActions } from "./ServerActions";
import { StateCell } from "./StateCell";
import type { Trouble } from "./trouble";
import { quiet } from "./weight";

export interface ServerProps {
  server: Server;
  /** Its start is followed step by step. */
  followed: boolean;
  onTrouble: (trouble: Trouble | null) => void;
  onEnd: () => void;
}

export function ServerRow({ server, followed, onTrouble, onEnd }: ServerProps) {
  const { data } = useApp();
  const text = useText(homeText);
  const step = useProgress(server.name, followed, onEnd);
  const started = server.ready ? server.started : null;
  const name = shownName(server);
  return (
    <tr {...tableRoles.row}>
      <th {...tableRoles.rowHead} className={classes.name}>
        {server.ready ? (
          <a className="target" href={server.url}>
            {name}
          </a>
        ) : (
          name
        )}
      </th>
      <td {...tableRoles.cell}>
        <StateCell server={server} step={step} />
        <EndsAt server={server} user={data.user} extend />
        <StopsAt server={server} />
      </td>
      <TimeCell label={text.column.started} at={started} none={text.notStarted} />
      <TimeCell label={text.column.active} at={server.last_activity} none={text.never} />
      <td {...tableRoles.cell}>
        <ServerActions server={server} weight={quiet} onTrouble={onTrouble} />
      </td>
    </tr>
  );
}

function TimeCell({ label, at, none }: { label: string; at: string | null; none: string }) {
  return (
    <td {...tableRoles.cell} className={classes.time}>
      <span className={classes.narrowLabel}>{label} </span>
      <Time at={at} none={none} />
    </td>
  );
}
