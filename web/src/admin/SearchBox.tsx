import { IconButton } from "./IconButton";
import { Icon } from "./icons";
import classes from "./SearchBox.module.css";

interface SearchBoxProps {
  typed: string;
  onType: (typed: string) => void;
  /** Called with what is searched at once: after Enter, and when the box is emptied. */
  onSearch: (search: string) => void;
  words: { search: string; searchHint: string; clear: string };
  maxLength?: number;
  /** The id of what says that the search means nothing, where it does. */
  fault?: string | undefined;
}

/** The box that a list is searched by. */
export function SearchBox({ typed, onType, onSearch, words, maxLength, fault }: SearchBoxProps) {
  return (
    <div className={classes.box}>
      <Icon name="search" />
      <input
        id="search"
        type="text"
        value={typed}
        maxLength={maxLength}
        placeholder={words.searchHint}
        aria-label={words.search}
        aria-invalid={fault !== undefined}
        aria-describedby={fault}
        onChange={(e) => onType(e.target.value)}
        onKeyDown={(e) => e.key === "Enter" && onSearch(typed)}
        spellCheck={false}
        autoComplete="off"
      />
      {typed && (
        <IconButton
          icon="close"
          label={words.clear}
          onClick={() => {
            onType("");
            onSearch("");
          }}
        />
      )}
    </div>
  );
}
