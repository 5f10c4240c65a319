import type { Server } from "../../api/servers";
import type { Person } from "../../api/users";
import { StateMark } from "../../pages/home/StateMark";
import { stateOf, waitsFor } from "../../pages/home/state";
import { homeText } from "../../text/home";
import { useText } from "../../text/text";
import { usersText } from "../../text/users";
import { isStarting, StartStep } from "./StartStep";
import classes from "./server.module.css";

/** What the default server of somebody does, or else the first that does something. */
export function mainServer(person: Person): Server | undefined {
  const all = Object.values(person.servers ?? {}).sort((a, b) => (a.name < b.name ? -1 : 1));
  return all.find((s) => s.ready || s.pending) ?? all.find((s) => s.failure) ?? all[0];
}

/** What it does. Of a start that is followed, also how far it is. */
export function ServerCell({ person, follow = false }: { person: Person; follow?: boolean }) {
  const text = useText(usersText).users;
  const { ended } = useText(homeText);
  const server = mainServer(person);
  if (!server) return null;
  const { kind } = stateOf(server);
  const words = {
    stopped: text.stopped,
    waiting: text.queued(server.queue_place ?? 1, waitsFor(server)),
    starting: server.phase === "waiting" ? text.answering : text.starting,
    ready: text.running,
    stopping: text.stopping,
    failed: text.failed,
  };
  const others = Object.values(person.servers ?? {}).filter((s) => s !== server && (s.ready || s.pending)).length;
  return (
    <span
      className={classes.state}
      data-state={kind}
      title={server.failure ?? (server.stop_reason && ended[server.stop_reason])}
    >
      <StateMark kind={kind} />
      <span>{words[kind]}</span>
      {server.name && <span className="muted">{server.name}</span>}
      {server.profile && !server.stopped && <span className="muted small">{server.profile}</span>}
      {follow && isStarting(server) && <StartStep user={person.name} server={server.name} />}
      {others > 0 && <span className="muted small">{text.moreServers(others)}</span>}
    </span>
  );
}
