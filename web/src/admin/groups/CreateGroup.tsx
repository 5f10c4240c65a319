import { useMutation, useQueryClient } from "@tanstack/react-query";
import { createGroup } from "../../api/groups";
import { useApp } from "../../context";
import { groupsText } from "../../text/groups";
import { useText } from "../../text/text";
import { NameDialog } from "./NameDialog";
import { groupsKey } from "./query";

/** Makes an empty group. */
export function CreateGroup({ onClose, onCreated }: { onClose: () => void; onCreated: (name: string) => void }) {
  const { api } = useApp();
  const text = useText(groupsText).create;
  const client = useQueryClient();
  const create = useMutation({
    mutationFn: (name: string) => createGroup(api, name),
    onSuccess: (_, name) => onCreated(name),
    onSettled: () => client.invalidateQueries({ queryKey: groupsKey }),
  });
  return (
    <NameDialog
      title={text.title}
      label={text.name}
      hint={text.hint}
      act={text.act}
      failed={text.failed}
      pending={create.isPending}
      error={create.error}
      onName={create.mutate}
      onClose={onClose}
    />
  );
}
