import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { listEvents, type Server, serverPath, shownName } from "../../api/servers";
import type { Person } from "../../api/users";
import { EndsAt } from "../../components/EndsAt";
import { Problem } from "../../components/Problem";
import { StopsAt } from "../../components/StopsAt";
import { Time } from "../../components/Time";
import { useApp } from "../../context";
import { may } from "../../scopes";
import { personText } from "../../text/person";
import { useText } from "../../text/text";
import { visitsText } from "../../text/visits";
import { ServerCell } from "./ServerCell";
import { ServerControl } from "./ServerControl";
import classes from "./server.module.css";
import { peopleKey } from "./usePeople";
import { type Trouble, useServerCalls } from "./useRowActions";

/** A server in somebody's details: what it does, who is in it, and on a failure why, with what it wrote last. */
export function ServerDetails({ person, server }: { person: Person; server: Server }) {
  const { data } = useApp();
  const { person: text, users } = useText(personText);
  const visits = useText(visitsText).visits;
  const [trouble, setTrouble] = useState<Trouble | null>(null);
  const { start, stop } = useServerCalls(setTrouble);
  return (
    <section aria-label={shownName(server) || users.defaultServer}>
      <div className={classes.serverLine}>
        <ServerCell person={{ ...person, servers: { [server.name]: server } }} follow />
        <span className={classes.control}>
          <ServerControl person={person} server={server} start={start} stop={stop} />
        </span>
      </div>
      {server.failure && (
        <p className="note bad" role="alert">
          {server.failure}
        </p>
      )}
      {trouble && !server.failure && <Problem what={trouble.what} error={trouble.error} />}
      {(server.visitors ?? []).map((visitor) => (
        <p className="small" key={visitor.name}>
          {visits.there(visitor.name)} <Time at={visitor.since} none="" />
        </p>
      ))}
      {server.profile && (
        <p className="muted small">
          {server.stopped ? text.lastProfile(server.profile) : text.profile(server.profile)}
        </p>
      )}
      {server.devices && (
        <p className="muted small">
          {text.devices(server.devices.map((d) => (d.name ? `${d.name} (${d.kind} ${d.id})` : `${d.kind} ${d.id}`)))}{" "}
          {text.assigned}
        </p>
      )}
      <p className="muted small">
        {server.last_activity ? text.lastActive : ""} <Time at={server.last_activity} none={text.unused} />
      </p>
      <EndsAt server={server} user={person.name} extend={may(data.scopes, "start:servers", person)} />
      <StopsAt server={server} why />
      <Events user={person.name} server={server.name} />
      {may(data.scopes, "admin:server_state", person) && <LogTail user={person.name} server={server.name} />}
    </section>
  );
}

/** What became of it, read when it is unfolded. */
function Events({ user, server }: { user: string; server: string }) {
  const { api } = useApp();
  const text = useText(personText).person;
  const [opened, setOpened] = useState(false);
  const { data, error, refetch } = useQuery({
    queryKey: [...peopleKey, "events", user, server],
    queryFn: ({ signal }) => listEvents(api, user, server, signal),
    enabled: opened,
    retry: false,
  });
  return (
    <details onToggle={(e) => setOpened(e.currentTarget.open)}>
      <summary className={classes.fold}>{text.events}</summary>
      {error && <Problem what={text.eventsFailed} error={error} onRetry={() => void refetch()} />}
      {data?.items.length === 0 && <p className="muted small">{text.eventsEmpty}</p>}
      <ul className={classes.events}>
        {data?.items.map((event) => (
          <li key={event.id} data-kind={event.kind}>
            {event.message} <Time at={event.at} none="" />
          </li>
        ))}
      </ul>
    </details>
  );
}

/** What it wrote last, read when it is unfolded. */
function LogTail({ user, server }: { user: string; server: string }) {
  const { api } = useApp();
  const text = useText(personText).person;
  const [opened, setOpened] = useState(false);
  const { data, error, refetch } = useQuery({
    queryKey: [...peopleKey, "log", user, server],
    queryFn: ({ signal }) => api.call<{ log: string }>("GET", `${serverPath(user, server)}/log`, { signal }),
    enabled: opened,
    retry: false,
  });
  return (
    <details onToggle={(e) => setOpened(e.currentTarget.open)}>
      <summary className={classes.fold}>{text.log}</summary>
      {error && <Problem what={text.logFailed} error={error} onRetry={() => void refetch()} />}
      {data && !data.log && <p className="muted small">{text.logEmpty}</p>}
      {data?.log && (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls is reached by the keyboard
        <pre className={classes.log} tabIndex={0}>
          {data.log}
        </pre>
      )}
    </details>
  );
}
