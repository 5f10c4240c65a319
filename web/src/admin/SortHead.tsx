import { tableRoles } from "../components/tableRoles";
import { Icon } from "./icons";
import classes from "./SortHead.module.css";

interface SortHeadProps<Sort extends string> {
  sort: Sort;
  view: { sort: Sort; descending: boolean };
  onSort: (sort: Sort) => void;
  words: { column: Record<Sort, string>; sortBy: (column: string) => string };
}

/** The head of a column that sorts the table. */
export function SortHead<Sort extends string>({ sort, view, onSort, words }: SortHeadProps<Sort>) {
  const column = words.column[sort];
  const sorted = view.sort === sort;
  const direction = view.descending ? "descending" : "ascending";
  return (
    <th {...tableRoles.head} data-column={sort} aria-sort={sorted ? direction : undefined}>
      <button type="button" className={classes.sort} onClick={() => onSort(sort)} title={words.sortBy(column)}>
        {column}
        {sorted && <Icon name={view.descending ? "down" : "up"} />}
      </button>
    </th>
  );
}
