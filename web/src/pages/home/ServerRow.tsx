import { labelOf, type Server } from "../../api/servers";
import { useProgress } from "../../api/useProgress";
import { Time } from "../../components/Time";
import { tableRoles } from "../../components/tableRoles";
import classes from "./home.module.css";
import { ServerActions } from "./ServerActions";
import { StateCell } from "./StateCell";
import type { Trouble } from "./trouble";

interface ServerRowProps {
  server: Server;
  /** Of the default server: the named ones that have the addresses of its own pages. */
  hiddenBy?: string[] | undefined;
  /** Its start is followed step by step. */
  followed: boolean;
  onTrouble: (trouble: Trouble | null) => void;
  onEnd: () => void;
}

export function ServerRow({ server, hiddenBy, followed, onTrouble, onEnd }: ServerRowProps) {
  const step = useProgress(server.name, followed, onEnd);
  const started = server.ready ? server.started : null;
  return (
    <tr {...tableRoles.row}>
      <th {...tableRoles.rowHead} className={classes.name}>
        {server.ready ? (
          <a className="target" href={server.url}>
            {labelOf(server)}
          </a>
        ) : (
          labelOf(server)
        )}
      </th>
      <td {...tableRoles.cell}>
        <StateCell server={server} step={step} />
        {hiddenBy?.map((name) => (
          <p key={name} className={`${classes.hidden} muted small`}>
            Its own pages below {name}/ are hidden by the server {name}. Delete that one to reach them again.
          </p>
        ))}
      </td>
      <TimeCell label="Started" at={started} none="–" />
      <TimeCell label="Last active" at={server.last_activity} none="never" />
      <td {...tableRoles.cell}>
        <ServerActions server={server} onTrouble={onTrouble} />
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
