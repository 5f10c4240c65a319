import type { Gift, MadeRole } from "../../api/roles";
import { rolesText } from "../../text/roles";
import { useText } from "../../text/text";
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

export function GiftList({ gifts, onTake }: { gifts: Gift[]; onTake: (gift: Gift) => void }) {
  const text = useText(rolesText);
  const said = useSaid();
  if (gifts.length === 0) return <p>{text.empty}</p>;
  return (
    <ul className={classes.list}>
      {gifts.map((gift) => (
        <li key={JSON.stringify([gift.role, gift.user, gift.group])}>
          <span>{said(gift)}</span>
          <button type="button" className="btn" aria-label={text.takeOf(said(gift))} onClick={() => onTake(gift)}>
            {text.take}
          </button>
        </li>
      ))}
    </ul>
  );
}
