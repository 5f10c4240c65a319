import { Button } from "@mantine/core";
import { useState } from "react";
import { labelOf, mentionOf, type Server, serverPage } from "../../api/servers";
import { type Action, useServerAction } from "../../api/useServers";
import { Confirm } from "../../components/Confirm";
import { useApp } from "../../context";
import classes from "./home.module.css";
import { StartButton } from "./StartButton";
import type { Trouble } from "./trouble";

interface ServerActionsProps {
  server: Server;
  onTrouble: (trouble: Trouble | null) => void;
}

/** What can be done with a server now. */
export function ServerActions({ server, onTrouble }: ServerActionsProps) {
  const { data } = useApp();
  const [asking, setAsking] = useState<Action | null>(null);
  const run = useRun(server, onTrouble);
  const label = labelOf(server);
  const starts = server.pending === "spawn";
  const idle = !server.pending && !server.ready;
  const act = (action: Action) => {
    setAsking(null);
    run[action]();
  };
  return (
    <div className={classes.actions}>
      {(server.ready || starts) && (
        <Button
          component="a"
          href={starts ? serverPage(data.hub, "spawn-pending", data.user, server.name) : server.url}
          size="xs"
          aria-label={`Open ${label}`}
        >
          Open
        </Button>
      )}
      {idle && <StartButton server={server}>{server.failure ? "Try again" : "Start"}</StartButton>}
      {server.ready && (
        <Button size="xs" variant="default" onClick={() => setAsking("stop")} aria-label={`Stop ${label}`}>
          Stop
        </Button>
      )}
      {starts && (
        <Button size="xs" variant="default" onClick={() => act("stop")} aria-label={`Cancel the start of ${label}`}>
          Cancel
        </Button>
      )}
      {idle && server.name && (
        <Button size="xs" variant="default" onClick={() => setAsking("remove")} aria-label={`Delete ${label}`}>
          Delete
        </Button>
      )}
      {asking === "stop" && (
        <Confirm
          title={`Stop the ${mentionOf(server)}?`}
          keep="Keep it running"
          act="Stop"
          onKeep={() => setAsking(null)}
          onAct={() => act("stop")}
        >
          Notebooks and terminals in it end, and lose what is not saved. Saved files stay.
        </Confirm>
      )}
      {asking === "remove" && (
        <Confirm
          title={`Delete the ${mentionOf(server)}?`}
          keep="Keep it"
          act="Delete"
          onKeep={() => setAsking(null)}
          onAct={() => act("remove")}
        >
          Its name and its options go. The files in your home folder stay.
        </Confirm>
      )}
    </div>
  );
}

const verbs: Record<Action, string> = { stop: "stopped", remove: "deleted" };

/** Each action ready to be called, with its failure told. */
function useRun(server: Server, onTrouble: (trouble: Trouble | null) => void): Record<Action, () => void> {
  const stop = useServerAction("stop");
  const remove = useServerAction("remove");
  const told = (action: Action, mutation: typeof stop) => () => {
    onTrouble(null);
    mutation.mutate(server.name, {
      onError: (error) => onTrouble({ what: `The ${mentionOf(server)} could not be ${verbs[action]}.`, error }),
    });
  };
  return { stop: told("stop", stop), remove: told("remove", remove) };
}
