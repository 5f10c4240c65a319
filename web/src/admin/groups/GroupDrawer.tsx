import { Drawer, Skeleton } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { type Group, getGroup } from "../../api/groups";
import { Problem } from "../../components/Problem";
import { useApp } from "../../context";
import { groupsText } from "../../text/groups";
import { useText } from "../../text/text";
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
  return (
    <Drawer.Root
      opened
      onClose={onClose}
      closeOnEscape={dialog === null} // which closes the dialog in front of it
      position="right"
      size="lg"
      transitionProps={{ duration: 0 }}
    >
      <Drawer.Overlay backgroundOpacity={0.2} />
      <Drawer.Content>
        <Drawer.Body>
          <div className={classes.head}>
            <Drawer.Title className={classes.drawerTitle}>{name}</Drawer.Title>
            <Drawer.CloseButton aria-label={close} />
          </div>
          {error && <Problem what={text.failed(name)} error={error} onRetry={() => void refetch()} />}
          {!data && !error && <Skeleton height={160} />}
          {data && (
            <>
              <Facts group={data} />
              <GroupActions group={data} dialog={dialog} onDialog={setDialog} onGone={onClose} onRenamed={onRenamed} />
              <Members group={data} adding={dialog === "add"} onAdding={(on) => setDialog(on ? "add" : null)} />
              <Properties group={data} />
            </>
          )}
        </Drawer.Body>
      </Drawer.Content>
    </Drawer.Root>
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
