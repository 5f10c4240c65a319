import { Skeleton } from "@mantine/core";
import { useRef } from "react";
import table from "../../components/table.module.css";
import { tableRoles } from "../../components/tableRoles";
import { useApp } from "../../context";
import { useText } from "../../text/text";
import { usersText } from "../../text/users";
import { SortHead } from "../SortHead";
import { between, isSelected, pageState, type Selection, withNames } from "./batch/selection";
import type { Listed } from "./live";
import { type Sort, sorts, type View } from "./query";
import { showsQuota } from "./rights";
import { mainServer } from "./ServerCell";
import { isStarting, mostFollowed } from "./StartStep";
import { UserRow } from "./UserRow";
import type { RowActions } from "./useRowActions";
import classes from "./users.module.css";

interface UsersTableProps {
  /** undefined while they are looked up for the first time. */
  people: Listed[] | undefined;
  /** They are of the view before, while those of this one are looked up. */
  stale: boolean;
  view: View;
  onSort: (sort: Sort) => void;
  selection: Selection;
  onSelection: (selection: Selection) => void;
  /** The row that keys act on. */
  current: string | null;
  actions: RowActions;
}

export function UsersTable(props: UsersTableProps) {
  const { people, view, selection, onSelection } = props;
  const text = useText(usersText).users;
  const last = useRef(""); // the row that was picked last, where ranges begin
  const { data } = useApp();
  const quota = showsQuota(data);
  const names = people?.map((p) => p.name) ?? [];
  const follow = (people?.filter((p) => isStarting(mainServer(p))).length ?? 0) <= mostFollowed;
  const select = (name: string, on: boolean, range: boolean) => {
    onSelection(withNames(selection, range ? between(names, last.current, name) : [name], on));
    last.current = name;
  };
  return (
    <div className="scroll">
      <table
        className={`${table.table} ${classes.table}`}
        data-quota={quota || undefined}
        {...tableRoles.table}
        aria-label={text.table}
        aria-busy={!people || props.stale}
      >
        <thead {...tableRoles.group}>
          <tr {...tableRoles.row}>
            <th {...tableRoles.head} className={classes.check}>
              <PageCheckbox
                state={pageState(selection, names)}
                onSelect={(on) => onSelection(withNames(selection, names, on))}
              />
            </th>
            {sorts
              .filter((sort) => sort !== "quota" || quota)
              .map((sort) => (
                <SortHead key={sort} sort={sort} view={view} onSort={props.onSort} words={text} />
              ))}
            <th {...tableRoles.head}>
              <span className="hidden">{text.column.actions}</span>
            </th>
          </tr>
        </thead>
        <tbody {...tableRoles.group}>
          {people?.map((person) => (
            <UserRow
              key={person.name}
              person={person}
              selected={isSelected(selection, person.name)}
              current={props.current === person.name}
              follow={follow}
              onSelect={(on, range) => select(person.name, on, range)}
              actions={props.actions}
            />
          )) ?? Array.from({ length: 8 }, (_, n) => <SkeletonRow key={String(n)} quota={quota} />)}
        </tbody>
      </table>
    </div>
  );
}

function PageCheckbox({ state, onSelect }: { state: "all" | "some" | "none"; onSelect: (on: boolean) => void }) {
  const text = useText(usersText).users;
  return (
    <label className={classes.checkTarget}>
      <input
        type="checkbox"
        aria-label={text.selectPage}
        checked={state === "all"}
        ref={(box) => {
          if (box) box.indeterminate = state === "some";
        }}
        onChange={(e) => onSelect(e.target.checked)}
      />
    </label>
  );
}

function SkeletonRow({ quota }: { quota: boolean }) {
  const widths = ["1rem", "7rem", "6rem", "3rem", ...(quota ? ["3rem"] : []), "5rem", "5rem", "4rem"];
  return (
    <tr>
      {widths.map((width, n) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: they have no other
        <td key={n}>
          <Skeleton height={16} width={width} my={7} />
        </td>
      ))}
    </tr>
  );
}
