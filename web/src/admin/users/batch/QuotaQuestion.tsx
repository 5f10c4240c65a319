import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useEffect, useId, useState } from "react";
import { mostCredits } from "../../../api/quota";
import { Problem } from "../../../components/Problem";
import { useApp } from "../../../context";
import { batchText } from "../../../text/batch";
import { useText } from "../../../text/text";
import form from "../../form.module.css";
import { amountOf } from "../quota/amount";
import classes from "./batch.module.css";
import { Outlook } from "./Outlook";
import type { QuestionProps } from "./Question";
import { foresee } from "./useBatch";
import type { QuotaAct, Work } from "./work";

const actions = ["set", "add", "set_unlimited"] as const;
type Action = (typeof actions)[number];
/** How long somebody has typed nothing before it is looked whom it changes. */
const pause = 400;

/** The change that was typed; null where it is none. What is added may be negative, which takes away. */
function actOf(action: Action, typed: string): QuotaAct | null {
  if (action === "set_unlimited") return { action };
  const takes = action === "add" && /^[-−]/.test(typed.trim());
  const amount = amountOf(takes ? typed.trim().slice(1) : typed);
  if (amount === null || (action === "add" && amount === 0)) return null;
  return { action, amount: takes ? -amount : amount };
}

/** What many are to have: so much, so much more, or no limit. Whom it changes is told before it is done. */
export function QuotaQuestion(props: QuestionProps & { onTyped: (typed: boolean) => void }) {
  const { selection, pending, error, onBegin, onClose, onTyped } = props;
  const { api } = useApp();
  const text = useText(batchText);
  const [action, setAction] = useState<Action>("set");
  const [typed, setTyped] = useState("");
  const [checked, setChecked] = useState<QuotaAct | null>(null);
  const act = actOf(action, typed);
  const isChecked = checked?.action === act?.action && checked?.amount === act?.amount;
  useEffect(() => {
    if (isChecked) return;
    const timer = window.setTimeout(() => setChecked(act), pause);
    return () => window.clearTimeout(timer);
  });
  const work: Work = { act: "quota", ...(checked && { quota: checked }) };
  const foreseen = useQuery({
    queryKey: ["foreseen", work, selection],
    queryFn: ({ signal }) => foresee(api, work, selection, signal),
    enabled: checked !== null,
    gcTime: 0,
    retry: false,
  });
  const known = act && isChecked ? foreseen.data : undefined;
  return (
    <form
      onSubmit={(e) => {
        e.preventDefault();
        if (!isChecked) setChecked(act);
        else if (known && known.will > 0) onBegin(work, selection, known.rows);
      }}
    >
      <Actions action={action} onAction={setAction} />
      {action !== "set_unlimited" && (
        <Amount
          action={action}
          typed={typed}
          wrong={typed.trim() !== "" && act === null}
          onTyped={(now) => {
            setTyped(now);
            onTyped(now !== "");
          }}
        />
      )}
      <Outlook foreseen={known} loading={act !== null && foreseen.isFetching} />
      {foreseen.error && <Problem what={text.notForeseen} error={foreseen.error} />}
      {error !== null && <Problem what={text.failed} error={error} />}
      <div className="actions">
        <Button variant="default" onClick={onClose}>
          {text.keep}
        </Button>
        <Button type="submit" disabled={act === null || known?.will === 0} loading={pending}>
          {known ? text.act.quota.go(known.will) : text.check}
        </Button>
      </div>
    </form>
  );
}

function Actions({ action, onAction }: { action: Action; onAction: (action: Action) => void }) {
  const text = useText(batchText).quota;
  const name = useId();
  return (
    <fieldset className={classes.choices}>
      <legend>{text.what}</legend>
      {actions.map((one) => (
        <label key={one} className={form.choice}>
          <input type="radio" name={name} checked={action === one} onChange={() => onAction(one)} />
          {text.action[one]}
        </label>
      ))}
    </fieldset>
  );
}

interface AmountProps {
  action: "set" | "add";
  typed: string;
  wrong: boolean;
  onTyped: (typed: string) => void;
}

function Amount({ action, typed, wrong, onTyped }: AmountProps) {
  const text = useText(batchText).quota;
  const hint = useId();
  return (
    <>
      <label className={form.label}>
        {text.amount}
        <input
          className={form.text}
          value={typed}
          onChange={(e) => onTyped(e.target.value)}
          maxLength={12}
          autoComplete="off"
          aria-invalid={wrong || undefined}
          aria-describedby={hint}
          data-autofocus
        />
      </label>
      <p className={wrong ? `${classes.wrong} small` : "muted small"} id={hint}>
        {text.hint[action](mostCredits)}
      </p>
    </>
  );
}
