import { Button } from "@mantine/core";
import { keepPreviousData, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { addMembers, type Group, listMembers, removeMembers } from "../../api/groups";
import type { Page, Person } from "../../api/users";
import { Loading } from "../../components/Loading";
import { Problem } from "../../components/Problem";
import { useApp } from "../../context";
import { mayAny, mayGroup } from "../../scopes";
import { groupsText } from "../../text/groups";
import { useText } from "../../text/text";
import panel from "../admin.module.css";
import form from "../form.module.css";
import { wordFor } from "../users/query";
import { useTyped } from "../useTyped";
import { AddPeople } from "./AddPeople";
import classes from "./groups.module.css";
import { groupsKey, longestSearch } from "./query";

const atOnce = 20;

interface MembersProps {
  group: Group;
  adding: boolean;
  onAdding: (on: boolean) => void;
}

/** Who is in a group: a part of them at a time, found by name. */
export function Members({ group, adding, onAdding }: MembersProps) {
  const { data } = useApp();
  const { members: text, add, count } = useText(groupsText);
  const mayChange = mayGroup(data.scopes, "groups", group.name);
  return (
    <section aria-label={text.title} className={classes.section}>
      <div className={panel.title}>
        <h2>
          {text.title} {group.member_count !== undefined && <span className="muted">{count(group.member_count)}</span>}
        </h2>
        {mayChange && (
          <Button size="xs" onClick={() => onAdding(true)}>
            {add.open}
          </Button>
        )}
      </div>
      {mayAny(data.scopes, ["list:users"]) ? (
        <MemberList group={group} mayRemove={mayChange} />
      ) : (
        <p className="muted">{text.hidden}</p>
      )}
      {adding && <AddPeople group={group} onClose={() => onAdding(false)} />}
    </section>
  );
}

function MemberList({ group, mayRemove }: { group: Group; mayRemove: boolean }) {
  const { api, data: viewer } = useApp();
  const text = useText(groupsText).members;
  const [{ search, offset }, setPart] = useState({ search: "", offset: 0 });
  const [typed, type] = useTyped(search, (next) => setPart({ search: next.trim(), offset: 0 }));
  const { data, error, refetch } = useQuery({
    queryKey: [...groupsKey, "members", group.name, search, offset],
    queryFn: ({ signal }) => listMembers(api, group.name, { search, offset, limit: atOnce }, signal),
    placeholderData: keepPreviousData,
    retry: false,
  });
  const { moved, take, putBack, failed } = useLeaving(group);
  const onUsersPage = `${viewer.hub}admin/users?${new URLSearchParams({ q: wordFor("group", group.name) })}`;
  return (
    <>
      <input
        className={form.text}
        type="text"
        value={typed}
        maxLength={longestSearch}
        placeholder={text.search}
        aria-label={text.search}
        onChange={(e) => type(e.target.value)}
        spellCheck={false}
        autoComplete="off"
      />
      <p role="status" className={classes.moved}>
        {moved && (
          <>
            {text.removed(moved)}{" "}
            <button type="button" className="btn small" onClick={() => putBack(moved)}>
              {text.undo}
            </button>
          </>
        )}
      </p>
      {failed && <Problem what={text.removeFailed(failed.name)} error={failed.error} />}
      {error && <Problem what={text.failed} error={error} onRetry={() => void refetch()} />}
      {!data && !error && <Loading height={24} />}
      {data?._pagination.total === 0 && <p className="muted">{search ? text.noMatch : text.empty}</p>}
      <ul className={classes.members}>
        {data?.items.map(({ name }) => (
          <li key={name}>
            <a className="target" href={`${viewer.hub}admin/users?${new URLSearchParams({ user: name })}`}>
              {name}
            </a>
            {mayRemove && (
              <button
                type="button"
                className="btn small"
                aria-label={text.removeOne(name, group.name)}
                onClick={() => take(name)}
              >
                {text.remove}
              </button>
            )}
          </li>
        ))}
      </ul>
      {data && data._pagination.total > 0 && (
        <Parts page={data} offset={offset} onOffset={(next) => setPart({ search, offset: next })} />
      )}
      <p>
        <a className="target" href={onUsersPage}>
          {text.onUsersPage}
        </a>
      </p>
    </>
  );
}

/** Takes people out, one at a time, and puts the last one back. */
function useLeaving(group: Group) {
  const { api } = useApp();
  const client = useQueryClient();
  const [moved, setMoved] = useState<string | null>(null);
  const leave = useMutation({
    mutationFn: ({ name, back }: { name: string; back: boolean }) =>
      (back ? addMembers : removeMembers)(api, group.name, [name]),
    onSuccess: (_, { name, back }) => setMoved(back ? null : name),
    onSettled: () => client.invalidateQueries({ queryKey: groupsKey }),
  });
  return {
    moved,
    take: (name: string) => leave.mutate({ name, back: false }),
    putBack: (name: string) => leave.mutate({ name, back: true }),
    failed: leave.error && { name: leave.variables.name, error: leave.error },
  };
}

function Parts({ page, offset, onOffset }: { page: Page<Person>; offset: number; onOffset: (offset: number) => void }) {
  const text = useText(groupsText).members;
  const total = page._pagination.total;
  const last = Math.min(offset + atOnce, total);
  return (
    <div className={classes.parts}>
      <span className="muted small">{text.range(Math.min(offset + 1, total), last, total)}</span>
      {total > atOnce && (
        <>
          <button
            type="button"
            className="btn small"
            aria-label={text.previous}
            disabled={offset === 0}
            onClick={() => onOffset(Math.max(offset - atOnce, 0))}
          >
            ‹
          </button>
          <button
            type="button"
            className="btn small"
            aria-label={text.next}
            disabled={last >= total}
            onClick={() => onOffset(offset + atOnce)}
          >
            ›
          </button>
        </>
      )}
    </div>
  );
}
