import { useQuery } from "@tanstack/react-query";
import { type MouseEvent, useState } from "react";
import { useAddress } from "../../../address";
import { listViews, type SavedView } from "../../../api/views";
import { Problem } from "../../../components/Problem";
import { useMenu } from "../../../components/useMenu";
import { useApp } from "../../../context";
import { useText } from "../../../text/text";
import { viewsText } from "../../../text/views";
import { IconButton } from "../../IconButton";
import type { View } from "../query";
import { SaveView } from "./SaveView";
import { isView, queryOf } from "./saved";
import { useViews, viewsKey } from "./useViews";
import classes from "./views.module.css";

/** The viewer's saved views, to open and to delete, and a way to save the one that is shown. */
export function ViewsMenu({ view }: { view: View }) {
  const text = useText(viewsText);
  const menu = useMenu();
  const [opened, setOpened] = useState(false);
  const close = () => {
    if (menu.current) menu.current.open = false;
    menu.current?.querySelector("summary")?.focus();
  };
  return (
    <details className={`menu ${classes.menu}`} ref={menu} onToggle={(e) => setOpened(e.currentTarget.open)}>
      <summary className="btn caret">{text.title}</summary>
      {opened && <Views view={view} onOpened={close} />}
    </details>
  );
}

function Views({ view, onOpened }: { view: View; onOpened: () => void }) {
  const { api } = useApp();
  const text = useText(viewsText);
  const { data, error, refetch } = useQuery({
    queryKey: viewsKey,
    queryFn: ({ signal }) => listViews(api, signal),
    retry: false,
  });
  const { saving, removing } = useViews();
  const isThere = (name: string) => !!data?.some((v) => v.name === name);
  const saved = saving.data && isThere(saving.data.name) ? saving.data : null;
  const removed = !saved && removing.data && !isThere(removing.data.name) ? removing.data : null;
  return (
    <div>
      {error && <Problem what={text.failedToLoad} error={error} onRetry={() => void refetch()} />}
      {data?.length === 0 && !removed && <p className="muted small">{text.none}</p>}
      {data && data.length > 0 && (
        <ul aria-label={text.list}>
          {data.map((v) => (
            <li key={v.name}>
              <OpenView saved={v} shown={isView(v, view)} onOpened={onOpened} />
              <IconButton icon="close" label={text.remove(v.name)} onClick={() => removing.mutate(v)} />
            </li>
          ))}
        </ul>
      )}
      {removing.error && <Problem what={text.failedToDelete} error={removing.error} />}
      <SaveView
        known={data ?? []}
        pending={saving.isPending}
        onSave={(name, done) => saving.mutate({ name, query: queryOf(view) }, { onSuccess: done })}
      />
      {saving.error && <Problem what={text.failedToSave} error={saving.error} />}
      <p className="small" role="status">
        {saved && text.saved(saved.name)}
        {removed && text.removed(removed.name)}
      </p>
      {removed && (
        // biome-ignore lint/a11y/noAutofocus: the button that was pressed is gone with its row
        <button type="button" className="btn" autoFocus onClick={() => saving.mutate(removed)}>
          {text.undo}
        </button>
      )}
    </div>
  );
}

/** A link that can be copied and opened elsewhere as any other. */
function OpenView({ saved, shown, onOpened }: { saved: SavedView; shown: boolean; onOpened: () => void }) {
  const [, go] = useAddress();
  const open = (e: MouseEvent) => {
    if (e.metaKey || e.ctrlKey || e.shiftKey || e.altKey) return;
    e.preventDefault();
    go(new URLSearchParams(saved.query), "push");
    onOpened();
  };
  return (
    <a className="navlink" href={`?${saved.query}`} onClick={open} aria-current={shown ? "page" : undefined}>
      {saved.name}
    </a>
  );
}
