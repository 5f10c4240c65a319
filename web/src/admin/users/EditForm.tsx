import { Button } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useId, useState } from "react";
import type { Tagged } from "../../api/client";
import { ApiError } from "../../api/errors";
import { changedMeanwhile, type Person, patchPerson, type UserChanged } from "../../api/users";
import { Problem } from "../../components/Problem";
import { useApp } from "../../context";
import { personText } from "../../text/person";
import { useText } from "../../text/text";
import form from "../form.module.css";
import { groupsOf, groupsText } from "../groupNames";
import { bothRenamed, editOf, merged, patchOf } from "./edits";
import { Deleted, Meanwhile } from "./Meanwhile";
import { peopleKey } from "./usePeople";

interface EditFormProps {
  /** How they were when editing began; what others do later is told when it is saved. */
  read: Tagged<Person>;
  /** Nothing more is to be saved; the name is theirs now. */
  onDone: (name: string) => void;
  /** They are deleted, which was read. */
  onGone: () => void;
}

/** Between how somebody was read, and how others have made them. */
interface Between {
  before: Person;
  log: UserChanged["changes"];
  clash: boolean;
}

/** Changes what was changed, and nothing else; and tells of what others changed meanwhile. */
export function EditForm({ read, onDone, onGone }: EditFormProps) {
  const { api, data } = useApp();
  const { person: text, users, cancel, close } = useText(personText);
  const client = useQueryClient();
  const [seen, setSeen] = useState(read);
  const [between, setBetween] = useState<Between | null>(null);
  const [deletedBy, setDeletedBy] = useState<UserChanged["changes"] | null>(null);
  const [name, setName] = useState(read.value.name);
  const [admin, setAdmin] = useState(read.value.admin ?? false);
  const [groups, setGroups] = useState<string | null>(null); // as they were typed
  const person = seen.value;
  const edit = { name, admin, groups: groups === null ? (person.groups ?? []) : groupsOf(groups) };
  const patch = patchOf(person, edit);
  const same = Object.keys(patch).length === 0;
  const fill = (other: typeof edit) => {
    setName(other.name);
    setAdmin(other.admin);
    setGroups(groups === null ? null : groupsText(other.groups));
  };
  const meet = ({ user, etag, changes }: UserChanged) => {
    if (!user) {
      setDeletedBy(changes);
      return;
    }
    setBetween({ before: between?.before ?? person, log: changes, clash: bothRenamed(person, edit, user) });
    setSeen({ value: user, tag: etag ?? "" });
    fill(merged(person, edit, user));
  };
  const save = useMutation({
    mutationFn: () => patchPerson(api, person.name, patch, seen.tag),
    onSuccess: ({ name }) => onDone(name),
    onError: (error) => {
      const changed = changedMeanwhile(error);
      if (changed) meet(changed);
      else if (error instanceof ApiError && error.status === 404) setDeletedBy([]);
    },
    onSettled: () => client.invalidateQueries({ queryKey: peopleKey }),
  });
  return (
    <form
      onSubmit={(e) => {
        e.preventDefault();
        if (same) onDone(person.name);
        else save.mutate();
      }}
    >
      <Fields
        {...{ name, admin, setName, setAdmin, setGroups }}
        groups={groups ?? groupsText(edit.groups)}
        admins={!data.admin ? "hidden" : person.name === data.user && person.admin ? "own" : "open"}
        renamed={patch.name !== undefined}
        readOnly={deletedBy !== null}
      />
      {deletedBy && <Deleted name={person.name} log={deletedBy} />}
      {between && !deletedBy && (
        <Meanwhile
          before={between.before}
          now={person}
          log={between.log}
          clash={between.clash ? users.column.name : null}
          onTake={() => {
            fill(editOf(person));
            onDone(person.name);
          }}
        />
      )}
      {between && same && <p role="status">{text.meanwhile.same}</p>}
      {save.error && !deletedBy && !changedMeanwhile(save.error) && (
        <Problem what={text.failed(person.name)} error={save.error} />
      )}
      <div className="actions">
        {deletedBy ? (
          <Button onClick={onGone}>{close}</Button>
        ) : (
          <>
            <Button type="submit" loading={save.isPending}>
              {between && !same ? text.meanwhile.keep : text.save}
            </Button>
            <Button variant="default" onClick={() => onDone(person.name)}>
              {cancel}
            </Button>
          </>
        )}
      </div>
    </form>
  );
}

interface FieldsProps {
  name: string;
  admin: boolean;
  groups: string;
  setName: (name: string) => void;
  setAdmin: (admin: boolean) => void;
  setGroups: (groups: string) => void;
  /** Whether somebody is made an administrator here: by administrators alone, none of whom takes their own rights. */
  admins: "open" | "own" | "hidden";
  renamed: boolean;
  readOnly: boolean;
}

function Fields({ name, admin, groups, setName, setAdmin, setGroups, admins, renamed, readOnly }: FieldsProps) {
  const { person: text, users } = useText(personText);
  const id = useId();
  return (
    <>
      <label className={form.label} htmlFor={`${id}name`}>
        {users.column.name}
      </label>
      <input
        id={`${id}name`}
        className={form.text}
        value={name}
        maxLength={64}
        onChange={(e) => setName(e.target.value)}
        autoComplete="off"
        spellCheck={false}
        readOnly={readOnly}
        data-autofocus
      />
      {renamed && <p role="status">{text.renameWarning}</p>}
      {admins !== "hidden" && (
        <label className={form.choice}>
          <input
            type="checkbox"
            checked={admin}
            disabled={readOnly || admins === "own"}
            onChange={(e) => setAdmin(e.target.checked)}
          />{" "}
          {text.isAdmin}
        </label>
      )}
      {admins === "own" && <p className="muted small">{text.ownAdmin}</p>}
      <label className={form.label} htmlFor={`${id}groups`}>
        {users.column.groups}
      </label>
      <input
        id={`${id}groups`}
        className={form.text}
        value={groups}
        onChange={(e) => setGroups(e.target.value)}
        spellCheck={false}
        readOnly={readOnly}
      />
      <p className="muted small">{text.groupsHint}</p>
    </>
  );
}
