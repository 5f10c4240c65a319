import { Button } from "@mantine/core";
import { type InputHTMLAttributes, type ReactNode, useEffect, useId, useState } from "react";
import { auditText } from "../../text/audit";
import { useText } from "../../text/text";
import form from "../form.module.css";
import { toSearch } from "../keys/useKeys";
import classes from "./audit.module.css";
import { type AuditView, everything, isFiltered, readView, writeView } from "./query";

/** Which entries are shown: filled in, and asked for by its button or Enter. */
export function AuditFilters({ view, onShow }: { view: AuditView; onShow: (view: AuditView) => void }) {
  const text = useText(auditText);
  const [asked, setAsked] = useState(view);
  const address = writeView(view).toString();
  // What the page shows now, however it got there; the fields stay, and with them the focus.
  useEffect(() => setAsked(readView(new URLSearchParams(address))), [address]);
  const set = (part: Partial<AuditView>) => setAsked({ ...asked, ...part });
  return (
    <search aria-label={text.filters}>
      <form
        className={classes.filters}
        onSubmit={(e) => {
          e.preventDefault();
          onShow({ ...asked, before: "" });
        }}
      >
        <TextField label={text.who} value={asked.actor} onText={(actor) => set({ actor })} />
        <ActionField value={asked.action} onAction={(action) => set({ action })} />
        <Choice label={text.kind} value={asked.kind} onChoice={(kind) => set({ kind })}>
          <option value="">{text.allKinds}</option>
          {Object.entries(text.kinds).map(([kind, label]) => (
            <option key={kind} value={kind}>
              {label}
            </option>
          ))}
        </Choice>
        <TextField label={text.whom} value={asked.target} onText={(target) => set({ target })} />
        <TextField label={text.from} type="date" value={asked.from} onText={(from) => set({ from })} />
        <TextField label={text.to} type="date" value={asked.to} onText={(to) => set({ to })} />
        <Button type="submit">{text.search}</Button>
        {isFiltered(view) && (
          <Button
            variant="default"
            onClick={(e) => {
              onShow(everything);
              e.currentTarget.form?.querySelector<HTMLElement>("[type=submit]")?.focus(); // this one goes
            }}
          >
            {text.reset}
          </Button>
        )}
      </form>
      {view.job && <Only what={text.batch(Number(view.job))} onDrop={() => onShow({ ...view, job: "", before: "" })} />}
      {view.request && (
        <Only what={text.request(view.request)} onDrop={() => onShow({ ...view, request: "", before: "" })} />
      )}
    </search>
  );
}

type TextFieldProps = Pick<InputHTMLAttributes<HTMLInputElement>, "type"> & {
  label: string;
  value: string;
  onText: (text: string) => void;
};

function TextField({ label, value, onText, type = "text" }: TextFieldProps) {
  const id = useId();
  return (
    <div>
      <label htmlFor={id}>{label}</label>
      <input
        id={id}
        className={form.control}
        type={type}
        value={value}
        maxLength={255}
        spellCheck={false}
        autoComplete="off"
        onChange={(e) => onText(e.target.value)}
      />
    </div>
  );
}

function Choice(props: { label: string; value: string; onChoice: (value: string) => void; children: ReactNode }) {
  const id = useId();
  return (
    <div>
      <label htmlFor={id}>{props.label}</label>
      <select id={id} className={form.control} value={props.value} onChange={(e) => props.onChoice(e.target.value)}>
        {props.children}
      </select>
    </div>
  );
}

/** What was done: a family of actions, or one; also one that the page has no words for. */
function ActionField({ value, onAction }: { value: string; onAction: (action: string) => void }) {
  const text = useText(auditText);
  const known = value === "" || Object.hasOwn(text.families, value) || Object.hasOwn(text.actions, value);
  return (
    <Choice label={text.what} value={value} onChoice={onAction}>
      <option value="">{text.everything}</option>
      {!known && <option value={value}>{value}</option>}
      {Object.entries(text.families).map(([family, label]) => (
        <optgroup key={family} label={label}>
          <option value={family}>{label}</option>
          {Object.entries(text.actions)
            .filter(([action]) => action.startsWith(family))
            .map(([action, words]) => (
              <option key={action} value={action}>
                {`${action} – ${words}`}
              </option>
            ))}
        </optgroup>
      ))}
    </Choice>
  );
}

/** A limit that no field shows. */
function Only({ what, onDrop }: { what: string; onDrop: () => void }) {
  const text = useText(auditText);
  return (
    <p className={classes.only}>
      {what}{" "}
      <button
        type="button"
        className="btn small"
        onClick={() => {
          onDrop();
          toSearch(); // this one goes
        }}
      >
        {text.drop}
      </button>
    </p>
  );
}
