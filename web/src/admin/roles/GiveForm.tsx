import { Button } from "@mantine/core";
import { useId, useState } from "react";
import type { Gift, MadeRole } from "../../api/roles";
import { Problem } from "../../components/Problem";
import { rolesText } from "../../text/roles";
import { useText } from "../../text/text";
import form from "../form.module.css";
import classes from "./roles.module.css";

interface GiveFormProps {
  roles: MadeRole[];
  pending: boolean;
  error: Error | null;
  onGive: (gift: Gift) => Promise<void>;
}

/** Gives somebody a role, the ready-made teacher's first. What is wrong with the names the hub says. */
export function GiveForm({ roles, pending, error, onGive }: GiveFormProps) {
  const text = useText(rolesText);
  const id = useId();
  const [user, setUser] = useState("");
  const [group, setGroup] = useState("");
  const [chosen, setChosen] = useState("");
  const role = roles.find((r) => r.name === chosen) ?? roles[0];
  if (!role) return <p>{text.none}</p>;
  const ready = user.trim() !== "" && (group.trim() !== "" || !role.ready_made);
  const give = async () => {
    await onGive({ role: role.name, user: user.trim(), group: group.trim() || null });
    setUser(""); // the next teacher; the group may have several
  };
  return (
    <section aria-labelledby={`${id}-title`} className="card">
      <h2 id={`${id}-title`}>{text.giveTitle}</h2>
      <form
        className={classes.form}
        onSubmit={(e) => {
          e.preventDefault();
          if (ready) give().catch(() => undefined); // which the page shows
        }}
      >
        <div>
          <label htmlFor={`${id}-role`}>{text.role}</label>
          <select
            id={`${id}-role`}
            className={form.control}
            value={role.name}
            onChange={(e) => setChosen(e.target.value)}
          >
            {roles.map((r) => (
              <option key={r.name}>{r.name}</option>
            ))}
          </select>
          <span className="muted small">{role.description}</span>
        </div>
        <NameField id={`${id}-user`} label={text.who} value={user} onName={setUser} />
        <NameField
          id={`${id}-group`}
          label={text.group}
          hint={role.ready_made ? text.groupNeeded : text.groupHint}
          value={group}
          onName={setGroup}
        />
        <Button type="submit" disabled={!ready} loading={pending}>
          {text.give}
        </Button>
      </form>
      <p className={`${classes.allows} muted small`}>
        {text.allows} <span className="mono">{role.scopes.join(", ")}</span>
      </p>
      {error && <Problem what={text.giveFailed} error={error} />}
    </section>
  );
}

interface NameFieldProps {
  id: string;
  label: string;
  hint?: string;
  value: string;
  onName: (name: string) => void;
}

function NameField({ id, label, hint, value, onName }: NameFieldProps) {
  return (
    <div>
      <label htmlFor={id}>{label}</label>
      <input
        id={id}
        className={form.control}
        value={value}
        maxLength={255}
        spellCheck={false}
        autoComplete="off"
        aria-describedby={hint && `${id}-hint`}
        onChange={(e) => onName(e.target.value)}
      />
      {hint && (
        <span id={`${id}-hint`} className="muted small">
          {hint}
        </span>
      )}
    </div>
  );
}
