import { Button } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useId, useState } from "react";
import { addEach, type Group } from "../../api/groups";
import type { PeopleSheet, Results } from "../../api/users";
import { Dialog, Step } from "../../components/Dialog";
import { Problem } from "../../components/Problem";
import { useApp } from "../../context";
import { mayAny } from "../../scopes";
import { groupsText } from "../../text/groups";
import { useText } from "../../text/text";
import { FailureList } from "../FailureList";
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
    mutationFn: () => addEach(api, group.name, names),
    onSettled: () =>
      Promise.all([
        client.invalidateQueries({ queryKey: groupsKey }),
        client.invalidateQueries({ queryKey: peopleKey }),
      ]),
  });
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
            <Done group={group.name} told={add.data} />
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

/** How many came in, how many were there, and who did not and why. */
function Done({ group, told }: { group: string; told: Results }) {
  const text = useText(groupsText).add;
  const { changed = 0, unchanged = 0 } = told.counts;
  const left = told.results.filter((r) => r.status !== "changed" && r.status !== "unchanged");
  return (
    <div role="status">
      <p>
        {text.done(changed, group)} {unchanged > 0 && text.already(unchanged)}
      </p>
      {left.length > 0 && (
        <>
          <p>{text.leftOut(left.length)}</p>
          <FailureList failures={left} most={mostLeftOut} unsaid={text.unknown} />
        </>
      )}
    </div>
  );
}

const mostLeftOut = 100;

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
