import type { Server } from "../../api/servers";
import { useApp } from "../../context";
import { homeText } from "../../text/home";
import { useText } from "../../text/text";
import { DefaultServer } from "./DefaultServer";
import { ServerTable } from "./ServerTable";
import type { Trouble } from "./trouble";

// A browser opens six connections to a host at a time over HTTP/1.1; streams must leave some for the rest.
const maxStreams = 3;

interface ServersProps {
  servers: Server[];
  onTrouble: (trouble: Trouble | null) => void;
  /** Called when the start of one of them is over. */
  onEnd: () => void;
}

/** The default server, and the others below it. */
export function Servers({ servers, onTrouble, onEnd }: ServersProps) {
  const { reservedNames } = useApp().data;
  const text = useText(homeText);
  if (servers.length === 0) {
    return (
      <div className="card">
        <p>{text.empty}</p>
      </div>
    );
  }
  const own = servers.find((s) => s.name === "");
  const others = servers.filter((s) => s.name !== "");
  const followed = new Set(servers.filter((s) => s.pending === "spawn").slice(0, maxStreams));
  const all = { onTrouble, onEnd };
  return (
    <>
      {own && (
        <DefaultServer
          server={own}
          hiddenBy={others.map((s) => s.name).filter((name) => reservedNames.includes(name))}
          followed={followed.has(own)}
          {...all}
        />
      )}
      <ServerTable servers={others} followed={followed} {...all} />
    </>
  );
}
