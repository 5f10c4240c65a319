import { Progress } from "@mantine/core";
import { labelOf, type Server } from "../../api/servers";
import type { Step } from "../../api/useProgress";
import classes from "./home.module.css";
import { StateMark } from "./StateMark";
import { stateOf } from "./state";

/** The state in words, with how far a start is, or why it failed. */
export function StateCell({ server, step }: { server: Server; step: Step | null }) {
  const state = stateOf(server);
  const starts = server.pending === "spawn";
  return (
    <>
      <span className={classes.state} data-state={state.kind}>
        <StateMark kind={state.kind} />
        {state.label}
      </span>
      {starts && step && (
        <div className={classes.progress}>
          <Progress value={step.progress} size="sm" aria-label={`How far the start of ${labelOf(server)} is`} />
          {step.message !== state.label && (
            <p className="muted small" aria-live="polite">
              {step.message}
            </p>
          )}
        </div>
      )}
      {state.kind === "failed" && <p className={classes.failure}>{server.failure}</p>}
    </>
  );
}
