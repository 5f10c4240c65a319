import type { Statement } from "../../api/quota";
import { useApp } from "../../context";
import { quotaText } from "../../text/quota";
import { useLanguage, useText } from "../../text/text";
import { clock } from "../../time";
import { useNow } from "../useNow";
import { lastsUntil, partsOf } from "./parts";
import classes from "./quota.module.css";

/** How much is left, what is held of it, and how long it lasts. */
export function Left({ statement }: { statement: Statement }) {
  const { data } = useApp();
  const text = useText(quotaText);
  const language = useLanguage();
  const now = useNow();
  const { unlimited, available, balance, exact, running } = statement;
  if (unlimited) {
    return (
      <>
        <p className={classes.left}>{text.left.unlimited}</p>
        <p className="muted small">{text.kept(exact)}</p>
      </>
    );
  }
  const held = running.reduce((sum, run) => sum + partsOf(run.held), 0);
  const until = lastsUntil(
    exact,
    running.filter((run) => run.seconds > 0).map((run) => run.rate),
    now,
  );
  const least = Math.max(1, data.quota?.least ?? 0);
  return (
    <>
      <p className={classes.left} title={text.credits(exact)}>
        {text.left.balance(balance)}
      </p>
      {held > 0 && <p className="muted small">{text.left.held(Math.ceil(held / 60), available)}</p>}
      {until && <p className="small">{text.left.lasts(clock(until, now, language))}</p>}
      {statement.username === data.user && available < least && running.length === 0 && (
        <p className="note wait">{text.left.little(least)}</p>
      )}
    </>
  );
}
