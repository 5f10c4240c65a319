import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useId, useState } from "react";
import { findPeople } from "../../api/groups";
import { useApp } from "../../context";
import { groupsText } from "../../text/groups";
import { useText } from "../../text/text";
import form from "../form.module.css";
import { peopleKey } from "../users/usePeople";
import { useTyped } from "../useTyped";
import classes from "./groups.module.css";
import { longestSearch } from "./query";

interface FindPeopleProps {
  group: string;
  chosen: string[];
  onChoose: (name: string) => void;
}

/** Finds people as their names are typed. Enter takes the first; each can be pressed. */
export function FindPeople({ group, chosen, onChoose }: FindPeopleProps) {
  const { api } = useApp();
  const text = useText(groupsText).add;
  const id = useId();
  const [asked, setAsked] = useState("");
  const [typed, type] = useTyped(asked, (next) => setAsked(next.trim()));
  const { data, isPlaceholderData } = useQuery({
    queryKey: [...peopleKey, "found", asked],
    queryFn: ({ signal }) => findPeople(api, asked, signal),
    enabled: asked.length > 1,
    placeholderData: keepPreviousData,
    retry: false,
  });
  const found = asked.length > 1 ? (data ?? []) : [];
  const free = found.filter((person) => !chosen.includes(person.name) && !person.groups?.includes(group));
  const choose = (name: string) => {
    onChoose(name);
    type("");
    setAsked("");
    document.getElementById(id)?.focus();
  };
  return (
    <>
      <label className={form.label} htmlFor={id}>
        {text.find}
      </label>
      <input
        id={id}
        className={form.text}
        value={typed}
        maxLength={longestSearch}
        onChange={(e) => type(e.target.value)}
        onKeyDown={(e) => {
          if (e.key !== "Enter") return;
          e.preventDefault(); // it is not the form's
          const first = free[0];
          if (first && !isPlaceholderData && typed.trim() === asked) choose(first.name);
        }}
        aria-describedby={`${id}-hint`}
        autoComplete="off"
        spellCheck={false}
        data-autofocus
      />
      <p id={`${id}-hint`} className="muted small" role="status">
        {asked.length > 1 && data?.length === 0 ? text.nobody : text.findHint}
      </p>
      <ul className={classes.found}>
        {found.map(({ name, groups }) => {
          const isIn = groups?.includes(group) ?? false;
          return (
            <li key={name}>
              <button
                type="button"
                className="btn small"
                disabled={isIn || chosen.includes(name)}
                onClick={() => choose(name)}
              >
                {name} {isIn && <span className="muted">{text.isIn}</span>}
              </button>
            </li>
          );
        })}
      </ul>
    </>
  );
}
