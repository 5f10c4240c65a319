import { Button, Modal } from "@mantine/core";
import { useId, useState } from "react";
import { Problem } from "../../components/Problem";
import { useText } from "../../text/text";
import { usersText } from "../../text/users";
import { CreatedTable } from "./CreatedTable";
import { mostAtOnce, type NewPerson, numbered, readNames } from "./names";
import { type CreateOptions, useCreate } from "./useCreate";
import classes from "./users.module.css";

const firstOptions: CreateOptions = { password: "", mustChange: true, admin: false, groups: [] };

/** Makes people: names, then how; and then the passwords, once. */
export function CreateDialog({ onClose }: { onClose: () => void }) {
  const { create: text, cancel } = useText(usersText);
  const create = useCreate();
  const [typed, setTyped] = useState("");
  const [own, setOwn] = useState(true); // each their own password
  const [options, setOptions] = useState(firstOptions);
  const people = readNames(typed);
  const bad = people.filter((p) => p.problem);
  const good = people.filter((p) => !p.problem);
  const tooMany = people.length > mostAtOnce;
  const ready = good.length > 0 && !tooMany && (own || options.password !== "");
  const begin = () => create.mutate({ people: good, options: own ? { ...options, password: "" } : options });
  // What was made is shown once: neither a click beside it nor a key closes it.
  const shut = create.data || create.isPending ? () => undefined : onClose;
  return (
    <Modal.Root opened onClose={shut} size="lg" centered transitionProps={{ duration: 0 }}>
      <Modal.Overlay />
      <Modal.Content>
        <Modal.Body>
          <Modal.Title>{text.title}</Modal.Title>
          {create.data ? (
            <CreatedTable created={create.data} onClose={onClose} />
          ) : (
            <form
              onSubmit={(e) => {
                e.preventDefault();
                if (ready) begin();
              }}
            >
              <Names typed={typed} onType={setTyped} />
              <Preview people={people} bad={bad} tooMany={tooMany} />
              <Options own={own} onOwn={setOwn} options={options} onOptions={setOptions} />
              {create.error && <Problem what={text.failed} error={create.error} />}
              <div className="actions">
                <Button type="submit" disabled={!ready} loading={create.isPending}>
                  {text.act(good.length)}
                </Button>
                <Button variant="default" onClick={onClose} disabled={create.isPending}>
                  {cancel}
                </Button>
              </div>
            </form>
          )}
        </Modal.Body>
      </Modal.Content>
    </Modal.Root>
  );
}

function Names({ typed, onType }: { typed: string; onType: (typed: string) => void }) {
  const text = useText(usersText).create;
  const id = useId();
  const [prefix, setPrefix] = useState("");
  const [count, setCount] = useState(30);
  const fill = () => {
    const lines = numbered(prefix, 1, Math.min(Math.max(count, 1), 1000)).join("\n");
    onType(typed.trim() === "" ? lines : `${typed.trimEnd()}\n${lines}`);
  };
  return (
    <>
      <label htmlFor={id} className={classes.label}>
        {text.names}
      </label>
      <p className="muted small">{text.namesHint}</p>
      <textarea
        id={id}
        className={classes.textarea}
        rows={7}
        value={typed}
        onChange={(e) => onType(e.target.value)}
        spellCheck={false}
        data-autofocus
      />
      <div className={classes.fill}>
        <label>
          {text.prefix} <input value={prefix} maxLength={50} onChange={(e) => setPrefix(e.target.value)} />
        </label>
        <label>
          {text.count}{" "}
          <input type="number" min={1} max={1000} value={count} onChange={(e) => setCount(Number(e.target.value))} />
        </label>
        <Button variant="default" size="xs" onClick={fill} disabled={prefix.trim() === ""}>
          {text.fill}
        </Button>
      </div>
    </>
  );
}

const shownProblems = 20;

/** What will be made, and each line that is wrong. */
function Preview({ people, bad, tooMany }: { people: NewPerson[]; bad: NewPerson[]; tooMany: boolean }) {
  const text = useText(usersText).create;
  if (people.length === 0) return null;
  return (
    <div role="status" className={classes.preview}>
      <p>{tooMany ? text.tooMany(mostAtOnce) : text.preview(people.length - bad.length)}</p>
      {bad.length > 0 && (
        <>
          <p>{text.leftOut(bad.length)}</p>
          <ul className={classes.failures}>
            {bad.slice(0, shownProblems).map((p) => (
              <li key={p.line}>
                {text.line(p.line)} <strong className="mono">{p.name.slice(0, 80)}</strong>{" "}
                {p.problem && text.problem[p.problem]}
              </li>
            ))}
          </ul>
        </>
      )}
    </div>
  );
}

interface OptionsProps {
  own: boolean;
  onOwn: (own: boolean) => void;
  options: CreateOptions;
  onOptions: (options: CreateOptions) => void;
}

function Options({ own, onOwn, options, onOptions }: OptionsProps) {
  const text = useText(usersText).create;
  const group = useId();
  const set = (change: Partial<CreateOptions>) => onOptions({ ...options, ...change });
  return (
    <fieldset className={classes.options}>
      <legend className={classes.label}>{text.passwords}</legend>
      <label className={classes.choice}>
        <input type="radio" name={group} checked={own} onChange={() => onOwn(true)} /> {text.random}
      </label>
      <label className={classes.choice}>
        <input type="radio" name={group} checked={!own} onChange={() => onOwn(false)} /> {text.same}
      </label>
      {!own && (
        <input
          className={classes.text}
          aria-label={text.same}
          value={options.password}
          onChange={(e) => set({ password: e.target.value })}
          autoComplete="off"
          spellCheck={false}
        />
      )}
      <label className={classes.choice}>
        <input type="checkbox" checked={options.mustChange} onChange={(e) => set({ mustChange: e.target.checked })} />{" "}
        {text.mustChange}
      </label>
      <label className={classes.choice}>
        <input type="checkbox" checked={options.admin} onChange={(e) => set({ admin: e.target.checked })} />{" "}
        {text.admin}
      </label>
      <label className={classes.label}>
        {text.groups}
        <input
          className={classes.text}
          placeholder="cs101, lab2"
          defaultValue={options.groups.join(", ")}
          onChange={(e) =>
            set({
              groups: e.target.value
                .split(",")
                .map((g) => g.trim())
                .filter(Boolean),
            })
          }
        />
      </label>
    </fieldset>
  );
}
