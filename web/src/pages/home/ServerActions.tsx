import { Button } from "@mantine/core";
import { useState } from "react";
import { labelOf, mentionOf, type Server } from "../../api/servers";
import { type Action, useServerAction } from "../../api/useServers";
import { Confirm } from "../../components/Confirm";
import classes from "./home.module.css";
import type { Trouble } from "./trouble";

interface ServerActionsProps {
  server: Server;
  onTrouble: (trouble: Trouble | null) => void;
}

/** What can be done with a server now. */
export function ServerActions({ server, onTrouble }: ServerActionsProps) {
  const [asking, setAsking] = useState<"stop" | "remove" | null>(null);
  const run = useRun(server, onTrouble);
  const label = labelOf(server);
  const idle = !server.pending && !server.ready;
  const act = (action: Action) => {
    setAsking(null);
    run[action]();
  };
  return (
    <div className={classes.actions}>
      {server.ready && (
        <Button component="a" href={server.url} size="xs" aria-label={`Open ${label}`}>
          Open
        </Button>
      )}
      {idle && (
        <Button size="xs" onClick={() => act("start")} aria-label={`Start ${label}`}>
          {server.failure ? "Start again" : "Start"}
        </Button>
      )}
      {server.ready && (
        <Button size="xs" variant="default" onClick={() => setAsking("stop")} aria-label={`Stop ${label}`}>
          Stop
        </Button>
      )}
      {server.pending === "spawn" && (
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
          Notebooks and terminals that run in it end, with what they hold in memory. Saved files stay.
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
          Its name and its options go. Files in your home folder stay.
        </Confirm>
      )}
    </div>
  );
}

const verbs: Record<Action, string> = { start: "started", stop: "stopped", remove: "deleted" };

/** Each action ready to be called, with its failure told. */
function useRun(server: Server, onTrouble: (trouble: Trouble | null) => void): Record<Action, () => void> {
  const start = useServerAction("start");
  const stop = useServerAction("stop");
  const remove = useServerAction("remove");
  const told = (action: Action, mutation: typeof start) => () => {
    onTrouble(null);
    mutation.mutate(server.name, {
      onError: (error) => onTrouble({ what: `The ${mentionOf(server)} could not be ${verbs[action]}.`, error }),
    });
  };
  return { start: told("start", start), stop: told("stop", stop), remove: told("remove", remove) };
}
