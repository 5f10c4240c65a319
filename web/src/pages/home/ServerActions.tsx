import { Button } from "@mantine/core";
import { useState } from "react";
import { type Server, serverPage, shownName } from "../../api/servers";
import { type Action, useServerAction } from "../../api/useServers";
import { Confirm } from "../../components/Confirm";
import { useApp } from "../../context";
import { homeText } from "../../text/home";
import { useText } from "../../text/text";
import classes from "./home.module.css";
import { StartButton } from "./StartButton";
import { sharingRights } from "./sharing/rights";
import { ShareButton } from "./sharing/ShareButton";
import type { Trouble } from "./trouble";
import { loud, type Weight } from "./weight";

interface ServerActionsProps {
  server: Server;
  weight: Weight;
  onTrouble: (trouble: Trouble | null) => void;
}

/** What can be done with a server now. */
export function ServerActions({ server, weight, onTrouble }: ServerActionsProps) {
  const { data } = useApp();
  const text = useText(homeText);
  const [asking, setAsking] = useState<Action | null>(null);
  const run = useRun(server, onTrouble);
  const name = shownName(server);
  const starts = server.pending === "spawn";
  const idle = !server.pending && !server.ready;
  const start = weight === loud ? text.startAndOpen : text.start;
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
          {...weight.main}
          aria-label={text.act(text.open, name)}
        >
          {text.open}
        </Button>
      )}
      {idle && (
        <StartButton server={server} weight={weight}>
          {server.failure ? text.retry : start}
        </StartButton>
      )}
      {server.ready && (
        <Button {...weight.other} onClick={() => setAsking("stop")} aria-label={text.act(text.stop, name)}>
          {text.stop}
        </Button>
      )}
      {starts && (
        <Button {...weight.other} onClick={() => act("stop")} aria-label={text.cancelOf(name)}>
          {text.cancelStart}
        </Button>
      )}
      {idle && server.name && (
        <Button {...weight.other} onClick={() => setAsking("remove")} aria-label={text.act(text.remove, name)}>
          {text.remove}
        </Button>
      )}
      {sharingRights(data.scopes, data.user).share && <ShareButton server={server} weight={weight} />}
      {asking === "stop" && (
        <Confirm
          title={text.stopTitle(name)}
          keep={text.stopKeep}
          act={text.stop}
          onKeep={() => setAsking(null)}
          onAct={() => act("stop")}
        >
          {text.stopText}
        </Confirm>
      )}
      {asking === "remove" && (
        <Confirm
          title={text.removeTitle(name)}
          keep={text.removeKeep}
          act={text.remove}
          onKeep={() => setAsking(null)}
          onAct={() => act("remove")}
        >
          {text.removeText}
        </Confirm>
      )}
    </div>
  );
}

/** Each action ready to be called, with its failure told. */
function useRun(server: Server, onTrouble: (trouble: Trouble | null) => void): Record<Action, () => void> {
  const text = useText(homeText);
  const stop = useServerAction("stop");
  const remove = useServerAction("remove");
  const told = (what: (name: string) => string, mutation: typeof stop) => () => {
    onTrouble(null);
    mutation.mutate(server.name, { onError: (error) => onTrouble({ what: what(shownName(server)), error }) });
  };
  return { stop: told(text.notStopped, stop), remove: told(text.notRemoved, remove) };
}
