import { Button } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { countShared, deleteGroup, type Group, renameGroup } from "../../api/groups";
import { Confirm } from "../../components/Confirm";
import { Problem } from "../../components/Problem";
import { useApp } from "../../context";
import { mayGroup } from "../../scopes";
import { groupsText } from "../../text/groups";
import { useText } from "../../text/text";
import { NameDialog } from "./NameDialog";
import { groupsKey } from "./query";

/** What is asked in front of a group's details. */
export type GroupDialog = "rename" | "remove" | "add" | null;

interface GroupActionsProps {
  group: Group;
  dialog: GroupDialog;
  onDialog: (dialog: GroupDialog) => void;
  onGone: () => void;
  onRenamed: (name: string) => void;
}

/** Renames and deletes a group; nothing where that can't be done here. */
export function GroupActions({ group, dialog, onDialog, onGone, onRenamed }: GroupActionsProps) {
  const { api, data } = useApp();
  const text = useText(groupsText).group;
  const client = useQueryClient();
  const changed = () => client.invalidateQueries({ queryKey: groupsKey });
  const rename = useMutation({
    mutationFn: (name: string) => renameGroup(api, group.name, name),
    onSuccess: ({ name }) => onRenamed(name),
    onSettled: changed,
  });
  const remove = useMutation({
    mutationFn: () => deleteGroup(api, group.name),
    onSuccess: () => {
      onGone();
      client.removeQueries({ queryKey: [...groupsKey, "one", group.name] });
    },
    onSettled: () => client.invalidateQueries({ queryKey: [...groupsKey, "list"] }),
  });
  if (group.locked?.includes("name")) return null;
  const may = (scope: string) => mayGroup(data.scopes, scope, group.name);
  return (
    <>
      <div className="actions">
        {may("admin:groups") && (
          <Button variant="default" onClick={() => onDialog("rename")}>
            {text.rename}
          </Button>
        )}
        {may("delete:groups") && (
          <Button variant="default" loading={remove.isPending} onClick={() => onDialog("remove")}>
            {text.remove}
          </Button>
        )}
      </div>
      {remove.error && <Problem what={text.removeFailed(group.name)} error={remove.error} />}
      {dialog === "rename" && (
        <NameDialog
          title={text.renameTitle(group.name)}
          label={text.newName}
          hint={text.renameHint}
          act={text.rename}
          failed={text.renameFailed(group.name)}
          name={group.name}
          pending={rename.isPending}
          error={rename.error}
          onName={rename.mutate}
          onClose={() => onDialog(null)}
        />
      )}
      {dialog === "remove" && (
        <Confirm
          title={text.removeTitle(group.name)}
          keep={text.keep}
          act={text.remove}
          onKeep={() => onDialog(null)}
          onAct={() => {
            onDialog(null);
            remove.mutate();
          }}
        >
          <WhatGoes group={group} />
        </Confirm>
      )}
    </>
  );
}

/** What goes with a group, and what stays. */
function WhatGoes({ group }: { group: Group }) {
  const { api, data } = useApp();
  const text = useText(groupsText).group;
  const shared = useQuery({
    queryKey: [...groupsKey, "shared", group.name],
    queryFn: ({ signal }) => countShared(api, group.name, signal),
    enabled: mayGroup(data.scopes, "read:groups:shares", group.name),
    retry: false,
  });
  const members = group.member_count;
  const parts = [
    members === 0 && text.removeNobody,
    members && text.removePeople(members),
    members && group.roles?.length && text.removeRoles(group.roles.join(", ")),
    members && shared.data && text.removeShared(shared.data),
    text.removeUndone,
  ];
  return parts.filter(Boolean).join(" ");
}
