import { Button } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useId, useState } from "react";
import { addMembers, type Group } from "../../api/groups";
import type { PeopleSheet } from "../../api/users";
import { Dialog, Step } from "../../components/Dialog";
import { Problem } from "../../components/Problem";
import { useApp } from "../../context";
import { mayAny } from "../../scopes";
import { groupsText } from "../../text/groups";
import { useText } from "../../text/text";
import form from "../form.module.css";
import { PickFile } from "../PickFile";
import { peopleKey } from "../users/usePeople";
import { isTable, useSheet } from "../useSheet";
import { FindPeople } from "./FindPeople";
import { mostNames, readMembers, withMembers } from "./names";
import { groupsKey } from "./query";

interface AddPeopleProps {
  group: Group;
  onClose: () => void;
}

/** Puts people into a group who are found by name, typed or pasted, or read from a file. */
export function AddPeople({ group, onClose }: AddPeopleProps) {
  const { api, data } = useApp();
  const { add: text, cancel, close } = useText(groupsText);
  const client = useQueryClient();
  const id = useId();
  const [typed, setTyped] = useState("");
  const names = readMembers(typed);
  const sheet = useSheet(text.tooLarge, ({ told }) =>
    setTyped((before) =>
      withMembers(
        before,
        told.rows.map((row) => row.username),
      ),
    ),
  );
  const add = useMutation({
    mutationFn: () => addMembers(api, group.name, names),
    onSettled: () =>
      Promise.all([
        client.invalidateQueries({ queryKey: groupsKey }),
        client.invalidateQueries({ queryKey: peopleKey }),
      ]),
  });
  const [before] = useState(group.member_count); // what others do meanwhile counts as done here
  return (
    <Dialog
      title={text.title(group.name)}
      onClose={onClose}
      held={!add.data && (add.isPending || typed !== "")}
      size="lg"
    >
      <Step of={add.data !== undefined}>
        {add.data ? (
          <>
            <Done group={add.data} asked={names.length} before={before} />
            <div className="actions">
              <Button onClick={onClose} data-autofocus>
                {close}
              </Button>
            </div>
          </>
        ) : (
          <form
            onSubmit={(e) => {
              e.preventDefault();
              add.mutate();
            }}
          >
            {mayAny(data.scopes, ["list:users"]) && (
              <FindPeople group={group.name} chosen={names} onChoose={(name) => setTyped(withMembers(typed, [name]))} />
            )}
            <label className={form.label} htmlFor={id}>
              {text.names}
            </label>
            <textarea
              id={id}
              className={form.code}
              rows={8}
              value={typed}
              onChange={(e) => setTyped(e.target.value)}
              onPaste={(e) => {
                const pasted = e.clipboardData.getData("text");
                if (!isTable(pasted)) return;
                e.preventDefault();
                sheet.mutate(pasted);
              }}
              aria-describedby={`${id}-hint`}
              autoComplete="off"
              spellCheck={false}
            />
            <p id={`${id}-hint`} className="muted small">
              {text.namesHint}
            </p>
            <PickFile label={text.pick} loading={sheet.isPending} onPick={sheet.mutate} />
            {sheet.error && <Problem what={text.fileFailed} error={sheet.error} />}
            {sheet.data && <Read told={sheet.data.told} file={sheet.data.file.pasted ? "" : sheet.data.file.name} />}
            {names.length > mostNames && <p role="alert">{text.tooMany(mostNames)}</p>}
            {add.error && <Problem what={text.failed} error={add.error} />}
            <div className="actions">
              <Button type="submit" disabled={names.length === 0 || names.length > mostNames} loading={add.isPending}>
                {text.act(names.length)}
              </Button>
              <Button variant="default" onClick={onClose}>
                {cancel}
              </Button>
            </div>
          </form>
        )}
      </Step>
    </Dialog>
  );
}

/** How many came in, and how many were there. */
function Done({ group, asked, before }: { group: Group; asked: number; before: number | undefined }) {
  const text = useText(groupsText).add;
  const now = group.member_count;
  const fresh = now === undefined || before === undefined ? asked : Math.min(Math.max(now - before, 0), asked);
  return (
    <p role="status">
      {text.done(fresh, group.name)} {fresh < asked && text.already(asked - fresh)}
    </p>
  );
}

const fewProblems = 5;

/** What was read of a file or table, and what was not. */
function Read({ told, file }: { told: PeopleSheet; file: string }) {
  const text = useText(groupsText).add;
  const bad = told.problems.filter((problem) => !problem.doubt);
  return (
    <div role="status">
      <p>{text.read(told.rows.length, file || text.table)}</p>
      {bad.length > 0 && (
        <>
          <p>{text.unread(bad.length)}</p>
          <ul className="small">
            {bad.slice(0, fewProblems).map((problem) => (
              <li key={`${problem.line} ${problem.column}`}>
                {text.line(problem.line)} {problem.message}
              </li>
            ))}
            {bad.length > fewProblems && <li>…</li>}
          </ul>
        </>
      )}
    </div>
  );
}
