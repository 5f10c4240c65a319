import { Button } from "@mantine/core";
import { useState } from "react";
import type { NewPerson, RowResult } from "../../../api/users";
import { copyText } from "../../../clipboard";
import { Problem } from "../../../components/Problem";
import { keepFile } from "../../../download";
import { createText } from "../../../text/create";
import { useText } from "../../../text/text";
import { FailureList } from "../../FailureList";
import classes from "./create.module.css";
import { asCSV, asTable } from "./handout";
import { Slips } from "./Slips";
import { type Creating, type Creation, doneOf, madeOf } from "./useCreation";

interface CreatedProps {
  creation: Creation;
  creating: Creating;
  /** Whether the passwords may go was asked. */
  asking: boolean;
  onBack: () => void;
  onClose: () => void;
}

const shown = 200;

/** Names and passwords, shown once: to copy, to print, to keep in a file; and who was not made, and why. */
export function Created({ creation, creating, asking, onBack, onClose }: CreatedProps) {
  const text = useText(createText).result;
  const made = madeOf(creation);
  const results = creation.results.filter((r) => r !== undefined);
  const failed = results.filter((r) => r.status === "failed");
  return (
    <>
      <p role="status">{text.made(made.length)}</p>
      {creation.state === "stuck" && <Stuck creation={creation} onGoOn={creating.goOn} />}
      {made.length > 0 && <Shown made={made} onPrinted={creating.take} />}
      <Others title={text.exist} results={results.filter((r) => r.status === "exists")} words={text.exists} />
      <Others title={text.failures} results={failed} />
      {asking ? (
        <Question onBack={onBack} onClose={onClose} />
      ) : (
        <div className="actions">
          {made.length > 0 && <Take made={made} onTaken={creating.take} />}
          {creation.state === "done" && failed.length > 0 && (
            <Button variant="default" onClick={creating.retry}>
              {text.retry}
            </Button>
          )}
          <Button variant="default" onClick={onClose}>
            {creation.state === "done" ? text.done : text.later}
          </Button>
        </div>
      )}
    </>
  );
}

/** Why it did not go on, and how many are left. */
function Stuck({ creation, onGoOn }: { creation: Creation; onGoOn: () => void }) {
  const text = useText(createText).progress;
  return (
    <>
      <p>{text.running(doneOf(creation), creation.asked.length)}</p>
      <Problem what={text.stuck} error={creation.error} />
      <Button onClick={onGoOn}>{text.goOn}</Button>
    </>
  );
}

/** Names and passwords with the ways to take them, for whoever else gives people passwords. */
export function Handout({ made, onTaken }: { made: NewPerson[]; onTaken: () => void }) {
  return (
    <>
      <Shown made={made} onPrinted={onTaken} />
      <div className="actions">
        <Take made={made} onTaken={onTaken} />
      </div>
    </>
  );
}

function Shown({ made, onPrinted }: { made: NewPerson[]; onPrinted: () => void }) {
  const text = useText(createText).result;
  return (
    <>
      <p>
        <strong>{text.once}</strong>
      </p>
      <Passwords made={made} />
      <Slips made={made} onPrinted={onPrinted} />
    </>
  );
}

function Passwords({ made }: { made: NewPerson[] }) {
  const text = useText(createText).result;
  return (
    <>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls is reached by keys */}
      <div className={classes.passwords} tabIndex={0}>
        <table>
          <thead>
            <tr>
              <th scope="col">{text.username}</th>
              <th scope="col">{text.password}</th>
            </tr>
          </thead>
          <tbody>
            {made.slice(0, shown).map((p) => (
              <tr key={p.username}>
                <th scope="row">{p.username}</th>
                <td className="mono">{p.password}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {made.length > shown && <p className="muted small">{text.firstOf(shown, made.length)}</p>}
    </>
  );
}

interface OthersProps {
  title: (n: number) => string;
  results: RowResult[];
  /** What is said of each, where the hub's message does not. */
  words?: string;
}

function Others({ title, results, words }: OthersProps) {
  if (results.length === 0) return null;
  return (
    <>
      <p>{title(results.length)}</p>
      <FailureList failures={results} most={shown} unsaid={words} />
    </>
  );
}

function Take({ made, onTaken }: { made: NewPerson[]; onTaken: () => void }) {
  const text = useText(createText);
  const [copied, setCopied] = useState<boolean | null>(null);
  const copy = async () => {
    const did = await copyText(asTable(made));
    setCopied(did);
    if (did) onTaken();
  };
  const keep = () => {
    keepFile("passwords.csv", new Blob([asCSV(made)], { type: "text/csv;charset=utf-8" }));
    onTaken();
  };
  return (
    <>
      <Button onClick={() => void copy()}>{copied ? text.copied : text.result.copy}</Button>
      <Button variant="default" onClick={() => window.print()}>
        {text.result.print}
      </Button>
      <Button variant="default" onClick={keep}>
        {text.result.download}
      </Button>
      {copied === false && <p role="alert">{text.result.copyFailed}</p>}
    </>
  );
}

/** Asks before passwords go that nobody took. */
function Question({ onBack, onClose }: { onBack: () => void; onClose: () => void }) {
  const text = useText(createText).result;
  return (
    <div role="alert">
      <p>{text.lose}</p>
      <div className="actions">
        <Button onClick={onBack}>{text.back}</Button>
        <Button color="red" variant="default" onClick={onClose}>
          {text.closeAnyway}
        </Button>
      </div>
    </div>
  );
}
