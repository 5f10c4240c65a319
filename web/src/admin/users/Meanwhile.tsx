import { Button } from "@mantine/core";
import type { Person, UserChanged } from "../../api/users";
import { Time } from "../../components/Time";
import { personText } from "../../text/person";
import { useText } from "../../text/text";
import { type Change, changesSince } from "./edits";

interface MeanwhileProps {
  before: Person;
  now: Person;
  log: UserChanged["changes"];
  /** What is wrong with keeping one's own. */
  clash: string | null;
  onTake: () => void;
}

/** Whose changes came between, and what they are. The form's own button keeps one's own beside them. */
export function Meanwhile({ before, now, log, clash, onTake }: MeanwhileProps) {
  const text = useText(personText).person.meanwhile;
  return (
    <div className="note bad" role="alert">
      <p>{text.changed(before.name)}</p>
      <ul>
        {changesSince(before, now, log).map((change) => (
          <li key={`${change.kind} ${"group" in change ? change.group : ""}`}>
            <Line change={change} />
          </li>
        ))}
      </ul>
      {clash && <p>{text.both(clash)}</p>}
      <p>
        <Button variant="default" onClick={onTake}>
          {text.take}
        </Button>
      </p>
    </div>
  );
}

function Line({ change }: { change: Change }) {
  const text = useText(personText).person.meanwhile;
  return (
    <>
      {wordsFor(change, text)}
      {change.who && (
        <>
          {" "}
          {text.by(change.who)}, <Time at={change.at ?? null} none="" />
        </>
      )}
    </>
  );
}

function wordsFor(change: Change, text: (typeof personText)["en"]["person"]["meanwhile"]): string {
  switch (change.kind) {
    case "renamed":
      return text.renamed(change.from, change.to);
    case "joined":
    case "left":
      return text[change.kind](change.group);
    default:
      return text[change.kind][change.on ? "true" : "false"];
  }
}

/** Says that they are gone, and who it was. What was typed stays beside it. */
export function Deleted({ name, log }: { name: string; log: UserChanged["changes"] }) {
  const text = useText(personText).person.meanwhile;
  const last = log[0];
  return (
    <div className="note bad" role="alert">
      <p>
        <strong>{text.deleted(name)}</strong>{" "}
        {last && (
          <>
            ({text.by(last.actor)}, <Time at={last.at} none="" />){" "}
          </>
        )}
        {text.nothingLost}
      </p>
    </div>
  );
}
