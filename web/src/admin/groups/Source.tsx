import type { Group } from "../../api/groups";
import { groupsText } from "../../text/groups";
import { useText } from "../../text/text";
import { Icon } from "../icons";
import classes from "./groups.module.css";

/** Where a group comes from, with a lock on one that is not made here. */
export function Source({ group }: { group: Group }) {
  const { groups, group: text } = useText(groupsText);
  const locked = group.locked?.includes("name") ?? false;
  return (
    <span className={classes.source} title={locked ? text.why.name : undefined}>
      {locked && <Icon name="lock" />}
      {groups.source[group.source ?? "hub"]}
    </span>
  );
}
