import { Button } from "@mantine/core";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useAddress } from "../../address";
import { listGroups } from "../../api/groups";
import { needsPerson } from "../../api/useServers";
import { Problem } from "../../components/Problem";
import { useApp } from "../../context";
import { mayAll } from "../../scopes";
import { groupsText } from "../../text/groups";
import { useText } from "../../text/text";
import panel from "../admin.module.css";
import { PanelKeys } from "../keys/PanelKeys";
import { editRow, rowActs, toSearch } from "../keys/useKeys";
import { Pager } from "../Pager";
import { CreateGroup } from "./CreateGroup";
import { GroupDrawer } from "./GroupDrawer";
import { GroupSearch } from "./GroupSearch";
import { GroupsTable } from "./GroupsTable";
import {
  firstGroups,
  type GroupSort,
  type GroupsView,
  groupsKey,
  groupsQuery,
  readGroups,
  withGroup,
  writeGroups,
} from "./query";

/** The groups that the viewer may list, and one of them beside the list. */
export default function GroupsPage() {
  const { api, data: viewer } = useApp();
  const text = useText(groupsText).groups;
  const [address, go] = useAddress();
  const view = readGroups(address);
  const opened = address.get("group");
  const [creating, setCreating] = useState(false);
  const query = groupsQuery(view);
  const { data, error, refetch } = useQuery({
    queryKey: [...groupsKey, "list", query],
    queryFn: ({ signal }) => listGroups(api, query, signal),
    placeholderData: keepPreviousData,
    refetchInterval: ({ state }) => !needsPerson(state.error) && 10_000,
    retry: false,
  });
  const mayCreate = mayAll(viewer.scopes, "admin:groups");
  const create = mayCreate ? () => setCreating(true) : undefined;
  // Whatever changes which are shown leads to the first page of them.
  const show = (change: Partial<GroupsView>, step: "push" | "replace" = "push") =>
    go(writeGroups({ ...view, page: 1, ...change }), step);
  const sort = (by: GroupSort) => show({ sort: by, descending: view.sort === by && !view.descending });
  const open = (group: string | null, step: "push" | "replace" = "push") => go(withGroup(address, group), step);
  return (
    <div className="wide">
      <div className={panel.title}>
        <h1>{text.title}</h1>
        {create && <Button onClick={create}>{text.create}</Button>}
      </div>
      <GroupSearch
        search={view.search}
        onSearch={(search) => search !== view.search && show({ search }, view.search ? "replace" : "push")}
      />
      {error && <Problem what={text.failed} error={error} onRetry={() => void refetch()} />}
      {data?.items.length === 0 ? (
        <div className="card">
          <p>{view.search || view.page > 1 ? text.noMatch : text.empty}</p>
          {(view.search || view.page > 1) && (
            <button
              type="button"
              className="btn"
              onClick={() => {
                go(writeGroups(firstGroups), "push");
                toSearch(); // this one goes
              }}
            >
              {text.widen}
            </button>
          )}
        </div>
      ) : (
        (data || !error) && <GroupsTable groups={data?.items} view={view} onSort={sort} onOpen={open} />
      )}
      {data && (
        <Pager
          view={view}
          total={data._pagination.total}
          perPage={text.perPage}
          onPage={(page) => show({ page })}
          onSize={(size) => show({ size }, "replace")}
        />
      )}
      <PanelKeys acts={{ ...rowActs, search: toSearch, edit: editRow, create }} />
      <p role="status" className="hidden">
        {data ? text.shown(data._pagination.total) : ""}
      </p>
      {creating && (
        <CreateGroup
          onClose={() => setCreating(false)}
          onCreated={(name) => {
            setCreating(false);
            open(name);
          }}
        />
      )}
      {opened && (
        <GroupDrawer
          key={opened}
          name={opened}
          onClose={() => open(null)}
          onRenamed={(name) => open(name, "replace")}
        />
      )}
    </div>
  );
}
