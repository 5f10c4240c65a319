import { Progress } from "@mantine/core";
import { labelOf, type Server, serverPage } from "../../api/servers";
import type { Step } from "../../api/useProgress";
import { useApp } from "../../context";
import classes from "./home.module.css";
import { StateMark } from "./StateMark";
import { stateOf } from "./state";

/** The state in words, with how far a start is in the same line, or why it failed below. */
export function StateCell({ server, step }: { server: Server; step: Step | null }) {
  const { data } = useApp();
  const state = stateOf(server);
  return (
    <>
      <span className={classes.state} data-state={state.kind}>
        <StateMark kind={state.kind} />
        <span>{state.label}</span>
        {state.kind === "starting" && step && (
          <span className={classes.progress} title={step.message}>
            <Progress value={step.progress} size="sm" aria-label={`How far the start of ${labelOf(server)} is`} />
            <span className="hidden" aria-live="polite">
              {step.message}
            </span>
          </span>
        )}
      </span>
      {state.kind === "failed" && (
        <p className={classes.failure}>
          {server.failure}{" "}
          <a href={serverPage(data.hub, "spawn-pending", data.user, server.name)}>
            Details<span className="hidden"> of {labelOf(server)}</span>
          </a>
        </p>
      )}
    </>
  );
}
