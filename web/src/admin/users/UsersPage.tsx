import { Button } from "@mantine/core";
import { useState } from "react";
import { useAddress } from "../../address";
import { needsPerson } from "../../api/useServers";
import { Problem } from "../../components/Problem";
import { useApp } from "../../context";
import type { AppData } from "../../data";
import { mayAny } from "../../scopes";
import { batchText } from "../../text/batch";
import { useText } from "../../text/text";
import { usersText } from "../../text/users";
import { viewsText } from "../../text/views";
import panel from "../admin.module.css";
import { PanelKeys } from "../keys/PanelKeys";
import { toSearch } from "../keys/useKeys";
import { Pager } from "../Pager";
import { BatchDialog } from "./batch/BatchDialog";
import { selectedKey } from "./batch/inAddress";
import { JobsDialog } from "./batch/JobsDialog";
import { Question } from "./batch/Question";
import { SelectionBar } from "./batch/SelectionBar";
import { allOf, isElsewhere, nobody, type Selection } from "./batch/selection";
import { type Batch, useBatches } from "./batch/useBatch";
import { useSelection } from "./batch/useSelection";
import type { Act, Work } from "./batch/work";
import { CreateDialog } from "./create/CreateDialog";
import { CreationNotice } from "./create/Running";
import { useCreation } from "./create/useCreation";
import { LiveNotice } from "./LiveNotice";
import { PasswordDialog } from "./PasswordDialog";
import { addressFaults, filterOf, firstView, parseSearch, readView, type Sort, type View, writeView } from "./query";
import { mayCreate, showsQuota } from "./rights";
import { SearchBar } from "./SearchBar";
import { UserDrawer } from "./UserDrawer";
import { UsersTable } from "./UsersTable";
import { useLivePeople, useNextPage, usePeople } from "./usePeople";
import { type Trouble, useRowActions } from "./useRowActions";
import { useRowKeys } from "./useRowKeys";
import { AddressNotice } from "./views/AddressNotice";
import { ViewsMenu } from "./views/ViewsMenu";

/** Everybody whom the viewer may list. */
export default function UsersPage() {
  const { data: viewer } = useApp();
  const text = useText(usersText);
  const texts = useText(batchText);
  const [address, go] = useAddress(selectedKey);
  const view = viewFor(viewer, readView(address));
  const people = usePeople(view);
  const { data, error, refetch } = people;
  const live = useLivePeople(view, people);
  const lookAhead = useNextPage(view, people);
  const { selection, setSelection, unsaid } = useSelection();
  const [trouble, setTrouble] = useState<Trouble | null>(null);
  const [shownBatch, setShownBatch] = useState<Batch | null>(null);
  const [listing, setListing] = useState(false);
  const [asking, setAsking] = useState<Act | null>(null);
  const [creating, setCreating] = useState(false);
  const creation = useCreation();
  const [keyFor, setKeyFor] = useState<string | null>(null);
  const { batches, beginning, take } = useBatches();
  const actions = useRowActions(setTrouble, {
    open: (who) => go(withUser(address, who), "push"),
    setPassword: setKeyFor,
  });
  const elsewhere = isElsewhere(selection, view);
  const ticked = elsewhere ? nobody : selection;
  const opened = address.get("user");
  const create = mayCreate(viewer.scopes) ? () => setCreating(true) : undefined;
  const { current, acts } = useRowKeys(data?.items ?? [], {
    selection: ticked,
    onSelection: setSelection,
    onOpen: (person) => !person.gone && actions.open(person.name),
    onCreate: create,
  });

  // Whatever changes who is shown leads to the first page of it.
  const show = (change: Partial<View>, step: "push" | "replace" = "push") =>
    go(writeView({ ...view, page: 1, ...change }), step);
  const sort = (by: Sort) => show({ sort: by, descending: view.sort === by && !view.descending });
  const begin = (work: Work, whom: Selection, rows: number) =>
    beginning.mutate(
      { work, selection: whom, rows },
      {
        onSuccess: (begun) => {
          setAsking(null);
          setShownBatch(begun);
        },
      },
    );
  const batch = batches.find((b) => b.id === shownBatch?.id) ?? shownBatch;
  const total = data?._pagination.total ?? 0;
  const lost = !data || needsPerson(error);

  return (
    <div className="wide">
      <div className={panel.title}>
        <h1>{text.users.title}</h1>
        <span className={panel.buttons}>
          {create && <Button onClick={create}>{text.users.create}</Button>}
          {mayAny(viewer.scopes, ["list:groups"]) && (
            <Button component="a" variant="default" href={`${viewer.hub}admin/groups`}>
              {text.users.manageGroups}
            </Button>
          )}
          <Button variant="default" onClick={() => setListing(true)}>
            {texts.jobs.title}
          </Button>
          <ViewsMenu view={view} />
        </span>
      </div>
      {opened && (
        <UserDrawer
          key={opened}
          name={opened}
          onClose={() => go(withUser(address, null), "push")}
          onRenamed={(now) => go(withUser(address, now), "replace")}
        />
      )}
      {keyFor && <PasswordDialog name={keyFor} onClose={() => setKeyFor(null)} />}
      {creating && <CreateDialog creating={creation} onClose={() => setCreating(false)} />}
      {!creating && creation.creation && (
        <CreationNotice creation={creation.creation} onShow={() => setCreating(true)} />
      )}
      <SearchBar
        search={view.search}
        onSearch={(search) => search !== view.search && show({ search }, view.search ? "replace" : "push")}
        onlyActive={view.onlyActive}
        onOnlyActive={(onlyActive) => show({ onlyActive })}
      />
      <AddressNotice faults={addressFaults(address, showsQuota(viewer))} />
      <LiveNotice live={live} />
      {error && (
        <Problem
          what={lost ? text.users.failedToLoad : text.users.outOfDate}
          error={error}
          onRetry={() => void refetch()}
        />
      )}
      {trouble && <Problem what={trouble.what} error={trouble.error} />}
      {beginning.error && !asking && <Problem what={texts.failed} error={beginning.error} />}
      {data?.items.length === 0 && total > 0 ? (
        <Beyond
          view={view}
          onLast={() => {
            show({ page: Math.ceil(total / view.size) }, "replace");
            toSearch(); // its button goes
          }}
        />
      ) : data?.items.length === 0 ? (
        <Nobody
          searched={view.search !== "" || view.onlyActive}
          onAll={() => {
            go(writeView(firstView), "push");
            toSearch(); // its button goes
          }}
        />
      ) : (
        (data || !error) && (
          <UsersTable
            people={data?.items}
            stale={people.isPlaceholderData}
            view={view}
            onSort={sort}
            selection={ticked}
            onSelection={setSelection}
            current={current}
            actions={actions}
          />
        )
      )}
      {data && (
        <Pager
          view={view}
          total={total}
          onPage={(page) => show({ page })}
          onNear={lookAhead}
          onSize={(size) => show({ size }, "replace")}
        />
      )}
      <PanelKeys acts={acts} />
      {listing && (
        <JobsDialog
          batches={batches}
          onClose={() => setListing(false)}
          onOpen={({ id, kind }) => {
            setListing(false);
            setShownBatch({ id, kind, work: undefined });
          }}
        />
      )}
      <SelectionBar
        selection={selection}
        matching={parseSearch(view.search).faults.length > 0 ? 0 : total} // what is not understood must not reach further
        elsewhere={elsewhere}
        unsaid={unsaid}
        onAll={() => setSelection(allOf(view, total))}
        onClear={() => setSelection(nobody)}
        onAct={(act) => {
          beginning.reset();
          setAsking(act);
        }}
      />
      {asking && (
        <Question
          act={asking}
          selection={selection}
          group={asking === "leave" ? (selection.kind === "all" ? selection.filter : filterOf(view)).group : undefined}
          pending={beginning.isPending}
          error={beginning.error}
          onBegin={begin}
          onClose={() => setAsking(null)}
        />
      )}
      {batch && (
        <BatchDialog
          key={batch.id}
          batch={batch}
          onClose={() => setShownBatch(null)}
          onTaken={() => take(batch.id)}
          onRetry={(work, names) => {
            setShownBatch(null);
            begin(work, { kind: "names", names: new Set(names) }, names.length);
          }}
        />
      )}
    </div>
  );
}

/** A view as the viewer can have it: an order by a column that they do not see is none. */
function viewFor(viewer: AppData, view: View): View {
  return view.sort !== "quota" || showsQuota(viewer) ? view : { ...view, sort: firstView.sort, descending: false };
}

/** The page's address with somebody's details open, or nobody's. */
function withUser(address: URLSearchParams, user: string | null): URLSearchParams {
  const next = new URLSearchParams(address);
  if (user) next.set("user", user);
  else next.delete("user");
  return next;
}

/** The page was there once: what this is, and the way back. */
function Beyond({ view, onLast }: { view: View; onLast: () => void }) {
  const text = useText(viewsText);
  return (
    <div className="card">
      <p>{text.beyond(view.page)}</p>
      <button type="button" className="btn" onClick={onLast}>
        {text.toLast}
      </button>
    </div>
  );
}

/** Nobody is there, or nobody matches: what this is, and the way on. */
function Nobody({ searched, onAll }: { searched: boolean; onAll: () => void }) {
  const { data } = useApp();
  const text = useText(usersText).users;
  return (
    <div className="card">
      <p>{searched ? text.noMatch : text.empty}</p>
      {searched && (
        <button type="button" className="btn" onClick={onAll} data-user={data.user}>
          {text.widen}
        </button>
      )}
    </div>
  );
}
