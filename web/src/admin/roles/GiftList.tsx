import { useMemo, useState } from "react";
import type { Gift, MadeRole } from "../../api/roles";
import { rolesText } from "../../text/roles";
import { useText } from "../../text/text";
import { Pager } from "../Pager";
import { SearchBox } from "../SearchBox";
import classes from "./roles.module.css";

/** Who has which of the roles, teachers of groups first. */
export function giftsOf(roles: readonly MadeRole[]): Gift[] {
  return roles.flatMap((role) => role.users.map(({ user, group }) => ({ role: role.name, user, group })));
}

/** Says who has what. */
export function useSaid(): (gift: Gift) => string {
  const text = useText(rolesText);
  return ({ role, user, group }) => {
    if (group === null) return text.has(user, role);
    return role === "teacher" ? text.teaches(user, group) : text.onGroup(user, role, group);
  };
}

/** All of them, found by a name, a page at a time: a hub may have a teacher for each of ten thousand groups. */
export function Gifts({ gifts, onTake }: { gifts: Gift[]; onTake: (gift: Gift) => void }) {
  const text = useText(rolesText);
  const [view, setView] = useState({ search: "", page: 1, size: 50 });
  const wanted = view.search.trim().toLowerCase();
  const found = useMemo(() => gifts.filter((gift) => isAbout(gift, wanted)), [gifts, wanted]);
  const page = Math.max(1, Math.min(view.page, Math.ceil(found.length / view.size)));
  if (gifts.length === 0) return <p>{text.empty}</p>;
  return (
    <>
      {gifts.length > smallest && (
        <search>
          <SearchBox
            typed={view.search}
            onType={(search) => setView({ ...view, search, page: 1 })}
            onSearch={() => undefined}
            words={{ search: text.search, searchHint: text.search, clear: text.clear }}
            maxLength={255}
          />
        </search>
      )}
      {found.length === 0 && <p role="status">{text.noMatch}</p>}
      <GiftList gifts={found.slice((page - 1) * view.size, page * view.size)} onTake={onTake} />
      {gifts.length > smallest && (
        <Pager
          view={{ ...view, page }}
          total={found.length}
          perPage={text.perPage}
          onPage={(to) => setView({ ...view, page: to })}
          onSize={(size) => setView({ ...view, size, page: 1 })}
        />
      )}
    </>
  );
}

/** Up to how many are read at a glance. */
const smallest = 20;

function isAbout({ role, user, group }: Gift, wanted: string): boolean {
  return [role, user, group ?? ""].some((name) => name.toLowerCase().includes(wanted));
}

function GiftList({ gifts, onTake }: { gifts: Gift[]; onTake: (gift: Gift) => void }) {
  const text = useText(rolesText);
  const said = useSaid();
  return (
    <ul className={classes.list}>
      {gifts.map((gift) => (
        <li key={JSON.stringify([gift.role, gift.user, gift.group])} data-row tabIndex={-1}>
          <span>{said(gift)}</span>
          <button type="button" className="btn small" aria-label={text.takeOf(said(gift))} onClick={() => onTake(gift)}>
            {text.take}
          </button>
        </li>
      ))}
    </ul>
  );
}
