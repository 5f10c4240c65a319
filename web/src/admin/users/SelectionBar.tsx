import { useState } from "react";
import { Confirm } from "../../components/Confirm";
import { useText } from "../../text/text";
import { usersText } from "../../text/users";
import { IconButton } from "../IconButton";
import { countOf, type Selection } from "./selection";
import classes from "./users.module.css";

interface SelectionBarProps {
  selection: Selection;
  /** How many match what is searched. */
  matching: number;
  onAll: () => void;
  onClear: () => void;
  onAct: (action: "start" | "stop") => void;
}

/** What can be done with all that are selected. It lies over the page's end, and moves nothing. */
export function SelectionBar({ selection, matching, onAll, onClear, onAct }: SelectionBarProps) {
  const text = useText(usersText).selection;
  const [asking, setAsking] = useState<"start" | "stop" | null>(null);
  const n = countOf(selection);
  if (n === 0) return null;
  const act = (action: "start" | "stop") => {
    setAsking(null);
    onAct(action);
  };
  return (
    <section className={classes.bar} aria-label={text.label}>
      <span aria-live="polite">{text.count(n)}</span>
      {selection.kind === "names" && matching > n && (
        <button type="button" className={classes.link} onClick={onAll}>
          {text.all(matching)}
        </button>
      )}
      <span className={classes.barActions}>
        <button type="button" className="btn" onClick={() => setAsking("start")}>
          {text.start}
        </button>
        <button type="button" className="btn" onClick={() => setAsking("stop")}>
          {text.stop}
        </button>
      </span>
      <IconButton icon="close" label={text.clear} onClick={onClear} />
      {asking === "start" && (
        <Confirm
          title={text.startQuestion(n)}
          keep={text.keep}
          act={text.startAct(n)}
          onKeep={() => setAsking(null)}
          onAct={() => act("start")}
        >
          {text.startWarning}
        </Confirm>
      )}
      {asking === "stop" && (
        <Confirm
          title={text.stopQuestion(n)}
          keep={text.keep}
          act={text.stopAct}
          onKeep={() => setAsking(null)}
          onAct={() => act("stop")}
        >
          {text.stopWarning}
        </Confirm>
      )}
    </section>
  );
}
