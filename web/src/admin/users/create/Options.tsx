import { useId } from "react";
import { useApp } from "../../../context";
import { mayAny } from "../../../scopes";
import { createText } from "../../../text/create";
import { useText } from "../../../text/text";
import form from "../../form.module.css";
import { groupsOf, groupsText } from "../../groupNames";
import classes from "./create.module.css";
import { type How, passwordsOf } from "./how";
import type { Row } from "./rows";

interface OptionsProps {
  how: How;
  rows: Row[];
  onHow: (how: How) => void;
}

/** Passwords, rights and groups of those who will be made. */
export function Options({ how, rows, onHow }: OptionsProps) {
  const { options: text } = useText(createText);
  const { data } = useApp();
  const set = (change: Partial<How>) => onHow({ ...how, ...change });
  const grouped = how.groups.length > 0 || rows.some((r) => r.groups?.length);
  return (
    <fieldset className={classes.options}>
      <legend className={form.label}>{text.passwords}</legend>
      <Passwords how={how} rows={rows} onHow={set} />
      <Choice checked={how.mustChange} onChange={(mustChange) => set({ mustChange })}>
        {text.mustChange}
      </Choice>
      {data.admin && (
        <Choice checked={how.admin} onChange={(admin) => set({ admin })}>
          {rows.some((r) => r.admin !== undefined) ? text.adminAll : text.admin}
        </Choice>
      )}
      <label className={form.label}>
        {text.groups}
        <input
          className={form.text}
          placeholder="cs101, lab2"
          defaultValue={groupsText(how.groups)}
          onChange={(e) => set({ groups: groupsOf(e.target.value) })}
        />
      </label>
      {grouped && mayAny(data.scopes, ["admin:groups"]) && (
        <Choice checked={how.makeGroups} onChange={(makeGroups) => set({ makeGroups })}>
          {text.makeGroups}
        </Choice>
      )}
    </fieldset>
  );
}

/** Each their own, the table's, or one for all. */
function Passwords({ how, rows, onHow }: { how: How; rows: Row[]; onHow: (change: Partial<How>) => void }) {
  const { options: text } = useText(createText);
  const group = useId();
  const chosen = passwordsOf(how, rows);
  const given = rows.some((r) => r.password);
  return (
    <>
      {(["table", "random", "same"] as const)
        .filter((one) => one !== "table" || given)
        .map((one) => (
          <label key={one} className={form.choice}>
            <input type="radio" name={group} checked={chosen === one} onChange={() => onHow({ passwords: one })} />{" "}
            {text[one]}
          </label>
        ))}
      {chosen === "same" && (
        <input
          className={form.text}
          aria-label={text.same}
          value={how.password}
          onChange={(e) => onHow({ password: e.target.value })}
          autoComplete="off"
          spellCheck={false}
        />
      )}
    </>
  );
}

interface ChoiceProps {
  checked: boolean;
  onChange: (checked: boolean) => void;
  children: string;
}

function Choice({ checked, onChange, children }: ChoiceProps) {
  return (
    <label className={form.choice}>
      <input type="checkbox" checked={checked} onChange={(e) => onChange(e.target.checked)} /> {children}
    </label>
  );
}
