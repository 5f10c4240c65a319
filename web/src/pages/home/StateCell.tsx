import { Progress } from "@mantine/core";
import { type Server, serverPage, shownName } from "../../api/servers";
import type { Step } from "../../api/useProgress";
import { useApp } from "../../context";
import { homeText } from "../../text/home";
import { useText } from "../../text/text";
import classes from "./home.module.css";
import { StateMark } from "./StateMark";
import { stateOf, wordsOf } from "./state";

/** The state in words, with how far a start is in the same line, or why it failed or was stopped below. */
export function StateCell({ server, step }: { server: Server; step: Step | null }) {
  const { data } = useApp();
  const text = useText(homeText);
  const { kind } = stateOf(server);
  const name = shownName(server);
  return (
    <>
      <span className={classes.state} data-state={kind}>
        <StateMark kind={kind} />
        <span>{wordsOf(server, text.state)}</span>
        {kind === "starting" && step && (
          <span className={classes.progress} title={step.message}>
            <Progress value={step.progress} size="sm" aria-label={text.progress(name)} />
            <span className="hidden" aria-live="polite">
              {step.message}
            </span>
          </span>
        )}
      </span>
      {kind === "failed" && (
        <p className={classes.failure}>
          {server.failure}{" "}
          <a href={serverPage(data.hub, "spawn-pending", data.user, server.name)}>
            {text.details}
            <span className="hidden">{text.detailsOf(name)}</span>
          </a>
        </p>
      )}
      {kind === "stopped" && server.stop_reason && <p className={classes.ended}>{text.ended[server.stop_reason]}</p>}
    </>
  );
}
