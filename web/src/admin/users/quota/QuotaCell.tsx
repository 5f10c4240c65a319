import { useMutation } from "@tanstack/react-query";
import { useEffect, useId, useRef, useState } from "react";
import { changeQuota, mostCredits, type QuotaChange, type QuotaOf } from "../../../api/quota";
import { requestKey } from "../../../api/requestKey";
import { useApp } from "../../../context";
import type { Quota } from "../../../text/en/quota";
import { quotaText } from "../../../text/quota";
import { useText } from "../../../text/text";
import form from "../../form.module.css";
import { IconButton } from "../../IconButton";
import type { Listed } from "../live";
import { mayChangeQuota } from "../rights";
import { useQuotaShown } from "../usePeople";
import { changeOf } from "./amount";
import classes from "./quota.module.css";

interface QuotaCellProps {
  person: Listed;
  quota: QuotaOf;
}

/** What somebody has, rounded down, with the exact amount in its title. Who may changes it in its place. */
export function QuotaCell({ person, quota }: QuotaCellProps) {
  const { data } = useApp();
  const text = useText(quotaText);
  const [editing, setEditing] = useState(false);
  const button = useRef<HTMLButtonElement>(null);
  const closed = useRef(false); // the focus was in the field
  useEffect(() => {
    if (!editing && closed.current) button.current?.focus();
    closed.current = editing;
  }, [editing]);
  if (editing) return <Edit person={person} quota={quota} onClose={() => setEditing(false)} />;
  const little = !quota.unlimited && quota.available < Math.max(1, data.quota?.least ?? 0);
  const has = quota.unlimited ? text.unlimited : text.count(quota.balance);
  const title = titleOf(text, quota, little ? (data.quota?.least ?? 0) : null);
  const shown = (
    <>
      {has}
      {little && (
        <span className={classes.little} aria-hidden="true">
          {" ⚠"}
        </span>
      )}
    </>
  );
  if (!mayChangeQuota(data.scopes, person)) {
    return (
      <span title={title}>
        {shown}
        {little && <span className="hidden">{title}</span>}
      </span>
    );
  }
  return (
    <button
      type="button"
      ref={button}
      className={classes.value}
      title={title}
      aria-label={text.cell.edit(person.name, has, title)}
      onClick={() => setEditing(true)}
    >
      {shown}
    </button>
  );
}

/** What there is to the last sixtieth, and what is special about it. */
function titleOf(text: Quota, quota: QuotaOf, least: number | null): string {
  if (quota.unlimited) return `${text.unlimited}. ${text.kept(quota.exact)}`;
  const parts = [text.credits(quota.exact)];
  if (quota.available !== quota.balance) parts.push(text.available(quota.available));
  if (least !== null) parts.push(text.little(Math.max(1, least)));
  return parts.join(", ");
}

function Edit({ person, quota, onClose }: QuotaCellProps & { onClose: () => void }) {
  const { api } = useApp();
  const text = useText(quotaText);
  const id = useId();
  const first = quota.unlimited ? text.unlimited : String(quota.balance);
  const [typed, setTyped] = useState(first);
  const [wrong, setWrong] = useState(false);
  const show = useQuotaShown();
  const key = useRef(requestKey());
  const save = useMutation({
    mutationFn: (change: QuotaChange) => changeQuota(api, person.name, change, key.current),
    onSuccess: (now) => {
      show(person.name, now);
      onClose();
    },
  });
  const said = wrong ? text.cell.wrong(mostCredits) : save.error && `${text.cell.failed} ${save.error.message}`;
  return (
    <form
      className={classes.edit}
      onSubmit={(e) => {
        e.preventDefault();
        if (typed === first) return onClose();
        const change = changeOf(typed);
        setWrong(change === null);
        if (change) save.mutate(change);
      }}
    >
      <input
        className={form.small}
        value={typed}
        onChange={(e) => {
          setTyped(e.target.value);
          setWrong(false);
          key.current = requestKey(); // it asks for something else
        }}
        onKeyDown={(e) => e.key === "Escape" && onClose()}
        onFocus={(e) => e.target.select()}
        aria-label={text.cell.field(person.name)}
        aria-invalid={wrong || undefined}
        aria-describedby={said ? id : undefined}
        maxLength={20}
        autoComplete="off"
        spellCheck={false}
        // biome-ignore lint/a11y/noAutofocus: it stands where the button was that was pressed
        autoFocus
        readOnly={save.isPending}
      />
      <IconButton icon="check" label={text.cell.save} type="submit" disabled={save.isPending} />
      {said && (
        <p className={classes.said} id={id} role="alert">
          {said}
        </p>
      )}
    </form>
  );
}
