import type { Server } from "../../api/servers";
import { tableRoles } from "../../components/tableRoles";
import { homeText } from "../../text/home";
import { useText } from "../../text/text";
import classes from "./home.module.css";
import { ServerRow } from "./ServerRow";
import type { Trouble } from "./trouble";

interface ServerTableProps {
  /** Those beside the default one. */
  servers: Server[];
  followed: Set<Server>;
  onTrouble: (trouble: Trouble | null) => void;
  /** Called when the start of one of them is over. */
  onEnd: () => void;
}

/** The servers beside the default one; nothing where there are none. */
export function ServerTable({ servers, followed, onTrouble, onEnd }: ServerTableProps) {
  const text = useText(homeText);
  if (servers.length === 0) return null;
  const { column } = text;
  return (
    <section className={classes.section} aria-labelledby="others">
      <h2 id="others">{text.others}</h2>
      <div className="scroll">
        <table className={classes.table} {...tableRoles.table} aria-labelledby="others">
          <thead {...tableRoles.group}>
            <tr {...tableRoles.row}>
              {[column.server, column.state, column.started, column.active].map((title) => (
                <th key={title} {...tableRoles.head}>
                  {title}
                </th>
              ))}
              <th {...tableRoles.head}>
                <span className="hidden">{column.actions}</span>
              </th>
            </tr>
          </thead>
          <tbody {...tableRoles.group}>
            {servers.map((s) => (
              <ServerRow key={s.name} server={s} followed={followed.has(s)} onTrouble={onTrouble} onEnd={onEnd} />
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}
