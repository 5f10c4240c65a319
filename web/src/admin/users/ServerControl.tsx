import { useState } from "react";
import type { Server } from "../../api/servers";
import type { Person } from "../../api/users";
import { Confirm } from "../../components/Confirm";
import { useApp } from "../../context";
import { personText } from "../../text/person";
import { useText } from "../../text/text";
import { IconButton, IconLink } from "../IconButton";
import { rightsOn } from "./rights";

interface ServerControlProps {
  person: Person;
  server: Server | undefined;
  start: (user: string, server: string) => void;
  stop: (user: string, server: string) => void;
}

/** The green button or the red one, and the way into what runs, as far as the viewer may. */
export function ServerControl({ person, server, start, stop }: ServerControlProps) {
  const { data } = useApp();
  const { users: text, person: more } = useText(personText);
  const [asking, setAsking] = useState(false);
  const rights = rightsOn(data, person);
  if (!server || server.pending === "stop") return null;
  const whose = server.name ? `${person.name}/${server.name}` : person.name;
  if (server.pending) {
    return (
      rights.stop && (
        <IconButton
          icon="stop"
          tone="bad"
          label={text.cancelStart(whose)}
          onClick={() => stop(person.name, server.name)}
        />
      )
    );
  }
  if (!server.ready) {
    return (
      rights.start &&
      !person.suspended && (
        <IconButton icon="play" tone="good" label={text.start(whose)} onClick={() => start(person.name, server.name)} />
      )
    );
  }
  return (
    <>
      {rights.open && <IconLink icon="enter" label={more.open(whose)} href={server.full_url ?? server.url} />}
      {rights.stop && <IconButton icon="stop" tone="bad" label={text.stop(whose)} onClick={() => setAsking(true)} />}
      {asking && (
        <Confirm
          title={text.stopQuestion(whose)}
          keep={text.keepRunning}
          act={text.stopAct}
          onKeep={() => setAsking(false)}
          onAct={() => {
            setAsking(false);
            stop(person.name, server.name);
          }}
        >
          {text.stopWarning}
        </Confirm>
      )}
    </>
  );
}
