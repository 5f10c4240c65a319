import { groupsText } from "../../text/groups";
import { useText } from "../../text/text";
import { IconButton } from "../IconButton";
import { Icon } from "../icons";
import { useTyped } from "../useTyped";
import classes from "./groups.module.css";
import { longestSearch } from "./query";

/** Finds groups by part of their names. */
export function GroupSearch({ search, onSearch }: { search: string; onSearch: (search: string) => void }) {
  const text = useText(groupsText).groups;
  const [typed, type] = useTyped(search, onSearch);
  return (
    <search className={classes.search}>
      <Icon name="search" />
      <input
        id="search"
        type="text"
        value={typed}
        maxLength={longestSearch}
        placeholder={text.searchHint}
        aria-label={text.search}
        onChange={(e) => type(e.target.value)}
        onKeyDown={(e) => e.key === "Enter" && onSearch(typed)}
        spellCheck={false}
        autoComplete="off"
      />
      {typed && (
        <IconButton
          icon="close"
          label={text.clear}
          onClick={() => {
            type("");
            onSearch("");
          }}
        />
      )}
    </search>
  );
}
