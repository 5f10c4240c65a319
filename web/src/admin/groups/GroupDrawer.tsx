import { Skeleton } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { type Group, getGroup } from "../../api/groups";
import { SideDialog } from "../../components/Dialog";
import { Problem } from "../../components/Problem";
import { useApp } from "../../context";
import { groupsText } from "../../text/groups";
import { useText } from "../../text/text";
import { SideHead } from "../SideHead";
import { GroupActions, type GroupDialog } from "./GroupActions";
import classes from "./groups.module.css";
import { Members } from "./Members";
import { Properties } from "./Properties";
import { groupsKey } from "./query";
import { Source } from "./Source";

interface GroupDrawerProps {
  name: string;
  onClose: () => void;
  /** It has another name now. */
  onRenamed: (name: string) => void;
}

/** A group beside the list: where it comes from, who is in it, its properties. */
export function GroupDrawer({ name, onClose, onRenamed }: GroupDrawerProps) {
  const { api } = useApp();
  const { group: text, close } = useText(groupsText);
  const { data, error, refetch } = useQuery({
    queryKey: [...groupsKey, "one", name],
    queryFn: ({ signal }) => getGroup(api, name, signal),
    retry: false,
  });
  const [dialog, setDialog] = useState<GroupDialog>(null);
  const [editing, setEditing] = useState(false);
  return (
    <SideDialog onClose={onClose} size="lg" held={editing}>
      <SideHead title={name} close={close} onClose={onClose} />
      {error && <Problem what={text.failed(name)} error={error} onRetry={() => void refetch()} />}
      {!data && !error && <Skeleton height={160} />}
      {data && (
        <>
          <Facts group={data} />
          <GroupActions group={data} dialog={dialog} onDialog={setDialog} onGone={onClose} onRenamed={onRenamed} />
          <Members group={data} adding={dialog === "add"} onAdding={(on) => setDialog(on ? "add" : null)} />
          <Properties group={data} editing={editing} onEditing={setEditing} />
        </>
      )}
    </SideDialog>
  );
}

function Facts({ group }: { group: Group }) {
  const { group: text, groups } = useText(groupsText);
  return (
    <>
      <dl className={classes.facts}>
        <dt>{groups.column.source}</dt>
        <dd>
          <Source group={group} />
        </dd>
        {group.roles && (
          <>
            <dt>{text.roles}</dt>
            <dd>{group.roles.join(", ") || text.noRoles}</dd>
          </>
        )}
      </dl>
      {group.locked?.includes("name") && <p className="muted small">{text.why.name}</p>}
    </>
  );
}
