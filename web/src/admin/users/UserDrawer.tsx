import { Button, Drawer, Skeleton } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useId, useState } from "react";
import { labelOf } from "../../api/servers";
import { deletePerson, getPerson, type Person, patchPerson, revokePerson, type UserPatch } from "../../api/users";
import { Confirm } from "../../components/Confirm";
import { Problem } from "../../components/Problem";
import { Time } from "../../components/Time";
import { useApp } from "../../context";
import { useText } from "../../text/text";
import { usersText } from "../../text/users";
import { ServerCell } from "./ServerCell";
import { peopleKey } from "./usePeople";
import classes from "./users.module.css";

interface UserDrawerProps {
  name: string;
  onClose: () => void;
  /** They have another name now. */
  onRenamed: (name: string) => void;
}

/** Who somebody is, beside the list: details first, then 'Edit User'. */
export function UserDrawer({ name, onClose, onRenamed }: UserDrawerProps) {
  const { api } = useApp();
  const text = useText(usersText).person;
  const [editing, setEditing] = useState(false);
  const { data, error, refetch } = useQuery({
    queryKey: [...peopleKey, "one", name],
    queryFn: ({ signal }) => getPerson(api, name, signal),
    retry: false,
  });
  return (
    <Drawer.Root opened onClose={onClose} position="right" size="md" transitionProps={{ duration: 0 }}>
      <Drawer.Overlay backgroundOpacity={0.2} />
      <Drawer.Content>
        <Drawer.Body>
          <Drawer.Title className={classes.drawerTitle}>{text.title(name)}</Drawer.Title>
          {error && <Problem what={text.failedToLoad(name)} error={error} onRetry={() => void refetch()} />}
          {!data && !error && <Skeleton height={160} />}
          {data && !editing && <Details person={data} onEdit={() => setEditing(true)} onClose={onClose} />}
          {data && editing && (
            <EditForm
              key={data.name}
              person={data}
              onCancel={() => setEditing(false)}
              onSaved={(next) => {
                setEditing(false);
                if (next.name !== name) onRenamed(next.name);
              }}
            />
          )}
        </Drawer.Body>
      </Drawer.Content>
    </Drawer.Root>
  );
}

function Details({ person, onEdit, onClose }: { person: Person; onEdit: () => void; onClose: () => void }) {
  const { person: text, users, close } = useText(usersText);
  const servers = Object.values(person.servers ?? {}).sort((a, b) => (a.name < b.name ? -1 : 1));
  return (
    <>
      <dl className={classes.details}>
        <dt>{users.column.admin}</dt>
        <dd>{person.admin ? text.isAdmin : text.isNoAdmin}</dd>
        {person.suspended && (
          <>
            <dt>{text.state}</dt>
            <dd>{users.account.suspended}</dd>
          </>
        )}
        <dt>{users.column.groups}</dt>
        <dd>{person.groups?.join(", ") || text.none}</dd>
        <dt>{text.created}</dt>
        <dd>
          <Time at={person.created ?? null} none={text.none} />
        </dd>
        <dt>{users.column.last_activity}</dt>
        <dd>
          <Time at={person.last_activity ?? null} none={users.never} />
        </dd>
        {servers.map((s) => (
          <Row key={s.name} label={labelOf(s)}>
            <ServerCell person={{ ...person, servers: { [s.name]: s } }} />
            {s.failure && <p className="muted small">{s.failure}</p>}
          </Row>
        ))}
      </dl>
      <div className="actions">
        <Button onClick={onEdit}>{text.edit}</Button>
        <Dangerous person={person} onGone={onClose} />
        <Button variant="default" onClick={onClose}>
          {close}
        </Button>
      </div>
    </>
  );
}

function Row({ label, children }: { label: string; children: React.ReactNode }) {
  return (
    <>
      <dt>{label}</dt>
      <dd>{children}</dd>
    </>
  );
}

type Danger = "suspend" | "revoke" | "remove";

/** What somebody loses something by: each with its question. */
function Dangerous({ person, onGone }: { person: Person; onGone: () => void }) {
  const { api, data } = useApp();
  const text = useText(usersText).person;
  const client = useQueryClient();
  const [asking, setAsking] = useState<Danger | null>(null);
  const calls: Record<Danger, () => Promise<unknown>> = {
    suspend: () => patchPerson(api, person.name, { suspended: !person.suspended }),
    revoke: () => revokePerson(api, person.name),
    remove: () => deletePerson(api, person.name),
  };
  const act = useMutation({
    mutationFn: (danger: Danger) => calls[danger](),
    onSuccess: (_, danger) => danger === "remove" && onGone(),
    onSettled: () => client.invalidateQueries({ queryKey: peopleKey }),
  });
  const begin = (danger: Danger) => {
    setAsking(null);
    act.mutate(danger);
  };
  if (person.name === data.user) return null; // nobody locks themselves out, or deletes themselves
  return (
    <>
      <Button
        variant="default"
        loading={act.isPending}
        onClick={() => (person.suspended ? begin("suspend") : setAsking("suspend"))}
      >
        {person.suspended ? text.unsuspend : text.suspend}
      </Button>
      <Button variant="default" disabled={act.isPending} onClick={() => setAsking("revoke")}>
        {text.revoke}
      </Button>
      <Button variant="default" disabled={act.isPending} onClick={() => setAsking("remove")}>
        {text.remove}
      </Button>
      {act.error && <Problem what={text.failed(person.name)} error={act.error} />}
      {asking && (
        <Confirm
          title={text.question[asking](person.name)}
          keep={text.keep}
          act={text[asking]}
          onKeep={() => setAsking(null)}
          onAct={() => begin(asking)}
        >
          {text.warning[asking]}
        </Confirm>
      )}
    </>
  );
}

interface EditFormProps {
  person: Person;
  onCancel: () => void;
  onSaved: (person: Person) => void;
}

/** Changes what was changed, and nothing else. */
function EditForm({ person, onCancel, onSaved }: EditFormProps) {
  const { api } = useApp();
  const { person: text, users, cancel } = useText(usersText);
  const client = useQueryClient();
  const id = useId();
  const [name, setName] = useState(person.name);
  const [admin, setAdmin] = useState(person.admin ?? false);
  const [groups, setGroups] = useState(person.groups?.join(", ") ?? "");
  const patch = changes(person, { name, admin, groups: listOf(groups) });
  const save = useMutation({
    mutationFn: () => patchPerson(api, person.name, patch),
    onSuccess: onSaved,
    onSettled: () => client.invalidateQueries({ queryKey: peopleKey }),
  });
  return (
    <form
      onSubmit={(e) => {
        e.preventDefault();
        if (Object.keys(patch).length > 0) save.mutate();
        else onCancel();
      }}
    >
      <label className={classes.label} htmlFor={`${id}name`}>
        {users.column.name}
      </label>
      <input
        id={`${id}name`}
        className={classes.text}
        value={name}
        maxLength={64}
        onChange={(e) => setName(e.target.value)}
        autoComplete="off"
        spellCheck={false}
        data-autofocus
      />
      {patch.name !== undefined && <p role="status">{text.renameWarning}</p>}
      <label className={classes.choice}>
        <input type="checkbox" checked={admin} onChange={(e) => setAdmin(e.target.checked)} /> {text.isAdmin}
      </label>
      <label className={classes.label} htmlFor={`${id}groups`}>
        {users.column.groups}
      </label>
      <input
        id={`${id}groups`}
        className={classes.text}
        value={groups}
        onChange={(e) => setGroups(e.target.value)}
        spellCheck={false}
      />
      <p className="muted small">{text.groupsHint}</p>
      {save.error && <Problem what={text.failed(person.name)} error={save.error} />}
      <div className="actions">
        <Button type="submit" loading={save.isPending}>
          {text.save}
        </Button>
        <Button variant="default" onClick={onCancel}>
          {cancel}
        </Button>
      </div>
    </form>
  );
}

function listOf(text: string): string[] {
  return text
    .split(",")
    .map((g) => g.trim())
    .filter(Boolean);
}

/** What of somebody is other than it was. */
export function changes(person: Person, now: { name: string; admin: boolean; groups: string[] }): UserPatch {
  const patch: UserPatch = {};
  if (now.name.trim() !== person.name) patch.name = now.name.trim();
  if (now.admin !== (person.admin ?? false)) patch.admin = now.admin;
  const before = new Set(person.groups ?? []);
  const after = new Set(now.groups);
  if (before.size !== after.size || [...after].some((g) => !before.has(g))) patch.groups = [...after];
  return patch;
}
