import { Skeleton } from "@mantine/core";
import type { Group } from "../../api/groups";
import table from "../../components/table.module.css";
import { tableRoles } from "../../components/tableRoles";
import { groupsText } from "../../text/groups";
import { useText } from "../../text/text";
import { SortHead } from "../SortHead";
import classes from "./groups.module.css";
import { type GroupSort, type GroupsView, groupSorts } from "./query";
import { Source } from "./Source";

interface GroupsTableProps {
  /** undefined while they are looked up for the first time. */
  groups: Group[] | undefined;
  view: GroupsView;
  onSort: (sort: GroupSort) => void;
  onOpen: (group: string) => void;
}

export function GroupsTable({ groups, view, onSort, onOpen }: GroupsTableProps) {
  const { groups: text, count } = useText(groupsText);
  return (
    <div className="scroll">
      <table
        className={`${table.table} ${table.stacked} ${classes.table}`}
        {...tableRoles.table}
        aria-label={text.table}
        aria-busy={!groups}
      >
        <thead {...tableRoles.group}>
          <tr {...tableRoles.row}>
            {groupSorts.map((sort) => (
              <SortHead key={sort} sort={sort} view={view} onSort={onSort} words={text} />
            ))}
            <th {...tableRoles.head}>{text.column.source}</th>
          </tr>
        </thead>
        <tbody {...tableRoles.group}>
          {groups?.map((group) => (
            <tr key={group.name} {...tableRoles.row}>
              <th {...tableRoles.rowHead}>
                <button
                  type="button"
                  className={classes.name}
                  data-row
                  data-edit
                  title={text.details(group.name)}
                  onClick={() => onOpen(group.name)}
                >
                  {group.name}
                </button>
              </th>
              <td {...tableRoles.cell}>
                {group.member_count !== undefined && count(group.member_count)}
                <span className={classes.unit}> {text.column.members}</span>
              </td>
              <td {...tableRoles.cell}>
                <Source group={group} />
              </td>
            </tr>
          )) ?? Array.from({ length: 8 }, (_, n) => <SkeletonRow key={String(n)} />)}
        </tbody>
      </table>
    </div>
  );
}

function SkeletonRow() {
  return (
    <tr>
      {["12rem", "3rem", "8rem"].map((width) => (
        <td key={width}>
          <Skeleton height={16} width={width} my={7} />
        </td>
      ))}
    </tr>
  );
}
