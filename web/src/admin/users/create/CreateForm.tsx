import { Button } from "@mantine/core";
import { useEffect, useMemo, useState } from "react";
import type { NewPerson } from "../../../api/users";
import { useApp } from "../../../context";
import { createText } from "../../../text/create";
import { useText } from "../../../text/text";
import { mayCreateIn } from "../rights";
import { firstHow, passwordsOf, personOf, plainOf } from "./how";
import { Options } from "./Options";
import { Preview } from "./Preview";
import { type Fault, faultsOf, mostAtOnce } from "./rows";
import type { Creating } from "./useCreation";
import { useForeseen } from "./useForeseen";
import { useRows } from "./useRows";
import { Who } from "./Who";

interface CreateFormProps {
  draft: Creating["draft"];
  onCreate: (people: NewPerson[], makeGroups: boolean) => void;
  onClose: () => void;
}

/** Who, and how; and what is wrong with whom. */
export function CreateForm({ draft, onCreate, onClose }: CreateFormProps) {
  const text = useText(createText);
  const { data } = useApp();
  const rows = useRows(draft);
  const [how, setHow] = useState(() => draft.current?.how ?? firstHow(mayCreateIn(data.scopes)));
  useEffect(() => {
    if (draft.current) draft.current.how = how;
  }, [draft, how]);
  const passwords = passwordsOf(how, rows.rows);
  const tooMany = rows.rows.length > mostAtOnce;
  const plain = useMemo(() => faultsOf(rows.rows, rows.meant, text.fault), [rows.rows, rows.meant, text.fault]);
  const right = useMemo(() => rows.rows.filter((r) => !plain.has(r.line)), [rows.rows, plain]);
  const asked = useMemo(
    () => (tooMany ? [] : right.map((r) => plainOf(r, how, passwords))),
    [right, how, passwords, tooMany],
  );
  const foreseen = useForeseen(asked, how.makeGroups, text.result.exists);
  const faults = new Map<number, Fault>(plain);
  for (const r of right) {
    const refusal = foreseen.refused.get(r.name);
    if (refusal !== undefined) faults.set(r.line, { text: refusal, doubt: false });
  }
  const good = right.filter((r) => !faults.has(r.line));
  const able = good.length > 0 && !tooMany && foreseen.all === null && (passwords !== "same" || how.password !== "");
  return (
    <form
      onSubmit={(e) => {
        e.preventDefault();
        if (!able) return;
        onCreate(
          good.map((r) => personOf(r, how, passwords)),
          how.makeGroups,
        );
      }}
    >
      <Who rows={rows} />
      <Preview rows={rows} faults={faults} good={good.length} tooMany={tooMany} asking={foreseen.asking} />
      <Options how={how} rows={rows.rows} onHow={setHow} />
      {foreseen.all && (
        <p role="alert">
          <strong>{text.options.nobody}</strong> {foreseen.all}
        </p>
      )}
      <div className="actions">
        <Button type="submit" disabled={!able}>
          {text.act(good.length)}
        </Button>
        <Button variant="default" onClick={onClose}>
          {text.cancel}
        </Button>
      </div>
    </form>
  );
}
