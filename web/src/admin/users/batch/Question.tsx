import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useId, useState } from "react";
import { Dialog } from "../../../components/Dialog";
import { Problem } from "../../../components/Problem";
import { useApp } from "../../../context";
import { batchText } from "../../../text/batch";
import { useText } from "../../../text/text";
import form from "../../form.module.css";
import { randomPassword } from "../password";
import { Outlook } from "./Outlook";
import { QuotaQuestion } from "./QuotaQuestion";
import { countOf, namesOf, type Selection } from "./selection";
import { foresee, mostNames, readNames } from "./useBatch";
import { type Act, loses, type Work } from "./work";

export interface QuestionProps {
  act: Act;
  selection: Selection;
  /** The group that is filled in. */
  group?: string | undefined;
  pending: boolean;
  error: unknown;
  onBegin: (work: Work, selection: Selection, rows: number) => void;
  onClose: () => void;
}

/** Asks before something is done with many: how many it touches, what goes with it, and what else there is to say. */
export function Question(props: QuestionProps) {
  const { act, selection, onClose } = props;
  const text = useText(batchText);
  const [typed, setTyped] = useState(false);
  return (
    <Dialog title={text.act[act].question(countOf(selection))} onClose={onClose} held={typed || props.pending}>
      <p>{text.act[act].warning}</p>
      {act === "passwords" && <Passwords {...props} />}
      {act === "quota" && <QuotaQuestion {...props} onTyped={setTyped} />}
      {act !== "passwords" && act !== "quota" && <Plain {...props} onTyped={setTyped} />}
    </Dialog>
  );
}

type PlainProps = QuestionProps & {
  /** Whether something is typed that would be lost. */
  onTyped: (typed: boolean) => void;
};

function Plain({ act, selection, group: first, pending, error, onBegin, onClose, onTyped }: PlainProps) {
  const { api } = useApp();
  const text = useText(batchText);
  const moves = act === "join" || act === "leave";
  const [group, setGroup] = useState(first ?? "");
  const [typed, setTyped] = useState("");
  const [checked, setChecked] = useState(moves ? "" : "-");
  const work: Work = moves ? { act, group: checked } : { act };
  const foreseen = useQuery({
    queryKey: ["foreseen", work, selection],
    queryFn: ({ signal }) => foresee(api, work, selection, signal),
    enabled: checked !== "",
    gcTime: 0,
    retry: false,
  });
  const known = moves && checked !== group.trim() ? undefined : foreseen.data;
  const sure = act !== "delete" || typed.replace(/\D/g, "") === String(known?.will);
  return (
    <form
      onSubmit={(e) => {
        e.preventDefault();
        if (moves && checked !== group.trim()) setChecked(group.trim());
        else if (known && sure && known.will > 0) onBegin(work, selection, known.rows);
      }}
    >
      {moves && (
        <label className={form.label}>
          {text.group}
          <input
            className={form.text}
            value={group}
            maxLength={255}
            onChange={(e) => {
              setGroup(e.target.value);
              onTyped(e.target.value !== (first ?? ""));
            }}
            onBlur={() => setChecked(group.trim())}
            autoComplete="off"
            spellCheck={false}
            data-autofocus
          />
        </label>
      )}
      <Outlook foreseen={known} loading={foreseen.isFetching} />
      {foreseen.error && <Problem what={text.notForeseen} error={foreseen.error} />}
      {act === "delete" && known && known.will > 0 && (
        <Sure
          n={known.will}
          typed={typed}
          onTyped={(now) => {
            setTyped(now);
            onTyped(now !== "");
          }}
        />
      )}
      {error !== null && <Problem what={text.failed} error={error} />}
      <div className="actions">
        <Button variant="default" onClick={onClose} data-autofocus={!moves || undefined}>
          {text.keep}
        </Button>
        <Button
          type="submit"
          {...(loses(act) && { color: "red" })}
          disabled={moves ? group.trim() === "" || known?.will === 0 : !known || known.will === 0 || !sure}
          loading={pending}
        >
          {known ? text.act[act].go(known.will) : text.check}
        </Button>
      </div>
    </form>
  );
}

/** The number that has to be typed before people are deleted. */
function Sure({ n, typed, onTyped }: { n: number; typed: string; onTyped: (typed: string) => void }) {
  const text = useText(batchText);
  const id = useId();
  return (
    <label className={form.label} htmlFor={id}>
      {text.type(n)}
      <input
        id={id}
        className={form.text}
        value={typed}
        inputMode="numeric"
        maxLength={12}
        onChange={(e) => onTyped(e.target.value)}
        autoComplete="off"
      />
    </label>
  );
}

/** A random password for each, made here. Of all that match the names are read first. */
function Passwords({ selection, pending, error, onBegin, onClose }: QuestionProps) {
  const { api } = useApp();
  const text = useText(batchText);
  const [mustChange, setMustChange] = useState(true);
  const many = countOf(selection) > mostNames;
  const read = useQuery({
    queryKey: ["names", selection],
    queryFn: ({ signal }) =>
      selection.kind === "names" ? namesOf(selection) : readNames(api, selection.filter, signal),
    enabled: !many,
    gcTime: 0,
    retry: false,
  });
  const begin = (names: string[]) => {
    const passwords = new Map(names.map((name) => [name, randomPassword()]));
    onBegin({ act: "passwords", passwords, mustChange }, { kind: "names", names: new Set(names) }, names.length);
  };
  return (
    <form
      onSubmit={(e) => {
        e.preventDefault();
        if (read.data) begin(read.data);
      }}
    >
      <label className={form.choice}>
        <input type="checkbox" checked={mustChange} onChange={(e) => setMustChange(e.target.checked)} />{" "}
        {text.mustChange}
      </label>
      {many && <p role="alert">{text.tooMany(mostNames)}</p>}
      {read.error && <Problem what={text.notForeseen} error={read.error} />}
      {error !== null && <Problem what={text.failed} error={error} />}
      <div className="actions">
        <Button variant="default" onClick={onClose} data-autofocus>
          {text.keep}
        </Button>
        <Button type="submit" disabled={!read.data?.length} loading={pending || read.isFetching}>
          {text.act.passwords.go(read.data?.length ?? countOf(selection))}
        </Button>
      </div>
    </form>
  );
}
