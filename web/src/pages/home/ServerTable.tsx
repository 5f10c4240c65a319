import { Skeleton } from "@mantine/core";
import type { Server } from "../../api/servers";
import { tableRoles } from "../../components/tableRoles";
import { useApp } from "../../context";
import classes from "./home.module.css";
import { ServerRow } from "./ServerRow";
import type { Trouble } from "./trouble";

// A browser opens six connections to a host at a time over HTTP/1.1; streams must leave some for the rest.
const maxStreams = 3;

interface ServerTableProps {
  /** undefined while they are being looked up. */
  servers: Server[] | undefined;
  onTrouble: (trouble: Trouble | null) => void;
  /** Called when the start of one of them is over. */
  onEnd: () => void;
}

export function ServerTable({ servers, onTrouble, onEnd }: ServerTableProps) {
  const { reservedNames } = useApp().data;
  if (servers?.length === 0) return <Empty />;
  const hiding = servers?.map((s) => s.name).filter((name) => reservedNames.includes(name));
  const followed = new Set(servers?.filter((s) => s.pending === "spawn").slice(0, maxStreams));
  return (
    <div className={classes.frame}>
      <table className={classes.table} {...tableRoles.table} aria-label="My servers" aria-busy={!servers}>
        <thead {...tableRoles.group}>
          <tr {...tableRoles.row}>
            <th {...tableRoles.head}>Server</th>
            <th {...tableRoles.head}>State</th>
            <th {...tableRoles.head}>Started</th>
            <th {...tableRoles.head}>Last active</th>
            <th {...tableRoles.head}>
              <span className="hidden">Actions</span>
            </th>
          </tr>
        </thead>
        <tbody {...tableRoles.group}>
          {servers
            ? servers.map((s) => (
                <ServerRow
                  key={s.name}
                  server={s}
                  hiddenBy={s.name === "" ? hiding : []}
                  followed={followed.has(s)}
                  onTrouble={onTrouble}
                  onEnd={onEnd}
                />
              ))
            : [1, 2].map((n) => <SkeletonRow key={n} />)}
        </tbody>
      </table>
    </div>
  );
}

function SkeletonRow() {
  return (
    <tr>
      {["9rem", "6rem", "5.5rem", "5rem", "4rem"].map((width) => (
        <td key={width}>
          <Skeleton height={16} width={width} my={7} />
        </td>
      ))}
    </tr>
  );
}

function Empty() {
  return (
    <div className="card">
      <p>Here are your notebook servers. You have none on this hub; an administrator can give you one.</p>
    </div>
  );
}
