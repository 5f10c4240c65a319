import { Button, Skeleton } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { shownName } from "../../api/servers";
import { deletePerson, getPerson, type Person, patchPerson, revokePerson } from "../../api/users";
import { Confirm } from "../../components/Confirm";
import { SideDialog, Step } from "../../components/Dialog";
import { Problem } from "../../components/Problem";
import { StatementOf } from "../../components/quota/Statement";
import { Time } from "../../components/Time";
import { useApp } from "../../context";
import { may } from "../../scopes";
import { personText } from "../../text/person";
import { quotaText } from "../../text/quota";
import { useText } from "../../text/text";
import { SideHead } from "../SideHead";
import { accountStatesOf } from "./account";
import { EditForm } from "./EditForm";
import { type Rights, rightsOn } from "./rights";
import { ServerDetails } from "./ServerDetails";
import { busy, calm, isBusy, peopleKey } from "./usePeople";
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
  const { person: text, close } = useText(personText);
  const [editing, setEditing] = useState(false);
  const { data, error, refetch } = useQuery({
    queryKey: [...peopleKey, "one", name],
    queryFn: ({ signal }) => getPerson(api, name, signal),
    refetchInterval: ({ state }) => (state.data && isBusy(state.data.value) ? busy : calm),
    retry: false,
  });
  return (
    <SideDialog onClose={onClose} size="md" held={editing}>
      <SideHead title={text.title(name)} close={close} onClose={editing ? undefined : onClose} />
      {error && !editing && <Problem what={text.failedToLoad(name)} error={error} onRetry={() => void refetch()} />}
      {!data && !error && <Skeleton height={160} />}
      <Step of={editing}>
        {data && !editing && <Details person={data.value} onEdit={() => setEditing(true)} onClose={onClose} />}
        {data && editing && (
          <EditForm
            read={data}
            onDone={(now) => {
              setEditing(false);
              if (now !== name) onRenamed(now);
            }}
            onGone={onClose}
          />
        )}
      </Step>
    </SideDialog>
  );
}

function Details({ person, onEdit, onClose }: { person: Person; onEdit: () => void; onClose: () => void }) {
  const { data } = useApp();
  const { person: text, users } = useText(personText);
  const quota = useText(quotaText);
  const rights = rightsOn(data, person);
  const states = accountStatesOf(person, Date.now());
  const isSelf = person.name === data.user; // nobody locks themselves out, or deletes themselves
  const servers = Object.values(person.servers ?? {}).sort((a, b) => (a.name < b.name ? -1 : 1));
  return (
    <>
      <dl className={classes.details}>
        <dt>{users.column.admin}</dt>
        <dd>{person.admin ? text.isAdmin : text.isNoAdmin}</dd>
        {states.length > 0 && <Row label={text.state}>{states.map((state) => users.account[state]).join(", ")}</Row>}
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
          <Row key={s.name} label={shownName(s) || users.defaultServer}>
            <ServerDetails person={person} server={s} />
          </Row>
        ))}
      </dl>
      {data.quota && (person.name === data.user || may(data.scopes, "read:quota", person)) && (
        <section aria-labelledby="person-quota">
          <h3 id="person-quota" className={classes.part}>
            {quota.title}
          </h3>
          <StatementOf name={person.name} folded />
        </section>
      )}
      <div className="actions">
        {rights.edit && (
          <Button onClick={onEdit} data-autofocus>
            {text.edit}
          </Button>
        )}
        {!isSelf && <Dangerous person={person} rights={rights} onGone={onClose} />}
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
function Dangerous({ person, rights, onGone }: { person: Person; rights: Rights; onGone: () => void }) {
  const { api } = useApp();
  const text = useText(personText).person;
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
  return (
    <>
      {rights.edit && (
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
        </>
      )}
      {rights.delete && (
        <Button variant="default" disabled={act.isPending} onClick={() => setAsking("remove")}>
          {text.remove}
        </Button>
      )}
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
