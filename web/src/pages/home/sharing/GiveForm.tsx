import { Button } from "@mantine/core";
import { type FormEvent, useId, useState } from "react";
import { Problem } from "../../../components/Problem";
import { sharingText } from "../../../text/sharing";
import { useText } from "../../../text/text";
import { NewLink } from "./NewLink";
import type { SharingRights } from "./rights";
import classes from "./sharing.module.css";
import { useGive } from "./useAccess";

const hour = 3600;
const ages = { hour, day: 24 * hour, week: 7 * 24 * hour, month: 30 * 24 * hour, year: 365 * 24 * hour };

type Kind = "person" | "group" | "link";

interface GiveFormProps {
  server: string;
  rights: SharingRights;
  /** Whether something is typed that would be lost. */
  onTyped: (typed: boolean) => void;
}

/** Gives access to a person, a group, or to whoever has a link. */
export function GiveForm({ server, rights, onTyped }: GiveFormProps) {
  const text = useText(sharingText);
  const kinds: Kind[] = [
    ...(rights.people ? ["person" as const] : []),
    ...(rights.groups ? ["group" as const] : []),
    "link",
  ];
  const [kind, setKind] = useState<Kind>(kinds[0] ?? "link");
  const [name, setTyped] = useState("");
  const setName = (typed: string) => {
    setTyped(typed);
    onTyped(typed.trim() !== "");
  };
  const [age, setAge] = useState<keyof typeof ages>("day");
  const give = useGive(server);
  const id = useId();

  const send = (e: FormEvent) => {
    e.preventDefault();
    const to = kind === "link" ? { seconds: ages[age] } : kind === "group" ? { group: name } : { user: name };
    give.mutate(to, { onSuccess: () => setName("") });
  };
  const choose = (chosen: string) => {
    setKind(chosen as Kind);
    give.reset();
  };
  const given = give.data === null && give.variables && !("seconds" in give.variables) ? give.variables : null;
  return (
    <form onSubmit={send} className={classes.form}>
      <div>
        <label htmlFor={`${id}-kind`}>{text.how}</label>
        <select id={`${id}-kind`} className="input" value={kind} onChange={(e) => choose(e.target.value)}>
          {kinds.map((k) => (
            <option key={k} value={k}>
              {text.kind[k]}
            </option>
          ))}
        </select>
      </div>
      {kind === "link" ? (
        <div>
          <label htmlFor={`${id}-age`}>{text.expires}</label>
          <select
            id={`${id}-age`}
            className="input"
            value={age}
            onChange={(e) => setAge(e.target.value as keyof typeof ages)}
          >
            {Object.entries(text.ages).map(([value, label]) => (
              <option key={value} value={value}>
                {label}
              </option>
            ))}
          </select>
        </div>
      ) : (
        <div>
          <label htmlFor={`${id}-name`}>{kind === "group" ? text.group : text.person}</label>
          <input
            id={`${id}-name`}
            className="input"
            value={name}
            onChange={(e) => setName(e.target.value)}
            maxLength={255}
            autoComplete="off"
            autoCapitalize="none"
            spellCheck={false}
            data-autofocus
          />
        </div>
      )}
      <Button type="submit" disabled={kind !== "link" && name.trim() === ""} loading={give.isPending}>
        {kind === "link" ? text.make : text.give}
      </Button>
      <div className={classes.whole} aria-live="polite">
        {give.error && <Problem what={text.failed} error={give.error} />}
        {give.data && <NewLink link={give.data} />}
        {given && <p>{text.given("user" in given ? given.user : text.aGroup(given.group))}</p>}
      </div>
    </form>
  );
}
