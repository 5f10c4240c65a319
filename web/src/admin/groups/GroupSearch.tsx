import { groupsText } from "../../text/groups";
import { useText } from "../../text/text";
import { SearchBox } from "../SearchBox";
import { useTyped } from "../useTyped";
import classes from "./groups.module.css";
import { longestSearch } from "./query";

/** Finds groups by part of their names. */
export function GroupSearch({ search, onSearch }: { search: string; onSearch: (search: string) => void }) {
  const [typed, type] = useTyped(search, onSearch);
  return (
    <search className={classes.search}>
      <SearchBox
        typed={typed}
        onType={type}
        onSearch={onSearch}
        words={useText(groupsText).groups}
        maxLength={longestSearch}
      />
    </search>
  );
}
