import { useMutation, useQueryClient } from "@tanstack/react-query";
import { deleteView, type SavedView, saveView } from "../../../api/views";
import { useApp } from "../../../context";

export const viewsKey = ["views"] as const;

/** Saves a view, and deletes one; what was deleted can be saved again. The list is read anew after either, also where it fails. */
export function useViews() {
  const { api } = useApp();
  const client = useQueryClient();
  const onSettled = () => client.invalidateQueries({ queryKey: viewsKey });
  const saving = useMutation({
    mutationFn: ({ name, query }: Pick<SavedView, "name" | "query">) => saveView(api, name, query),
    onSettled,
  });
  const removing = useMutation({
    mutationFn: async (view: SavedView) => {
      await deleteView(api, view.name);
      return view;
    },
    onMutate: () => saving.reset(),
    onSettled,
  });
  return { saving, removing };
}
