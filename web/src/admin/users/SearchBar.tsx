import { useId } from "react";
import { useMenu } from "../../components/useMenu";
import { useText } from "../../text/text";
import { usersText } from "../../text/users";
import form from "../form.module.css";
import { SearchBox } from "../SearchBox";
import { useTyped } from "../useTyped";
import { accountStates, type Fault, kept, parseSearch, serverStates, shown, toggleWord } from "./query";
import classes from "./SearchBar.module.css";

interface SearchBarProps {
  search: string;
  onSearch: (search: string) => void;
  onlyActive: boolean;
  onOnlyActive: (on: boolean) => void;
}

/** One box for names and filters; the filters are also a menu. What means nothing is said below. */
export function SearchBar({ search, onSearch, onlyActive, onOnlyActive }: SearchBarProps) {
  const text = useText(usersText).users;
  const [typed, type] = useTyped(search, onSearch, kept);
  const faultId = useId();
  const { faults } = parseSearch(typed);
  const pick = (word: string) => {
    const next = toggleWord(typed, word);
    type(next);
    onSearch(next);
  };
  return (
    <search className={classes.search}>
      <SearchBox
        typed={typed}
        onType={type}
        onSearch={onSearch}
        words={text}
        fault={faults.length > 0 ? faultId : undefined}
      />
      <FilterMenu search={typed} onPick={pick} />
      <label className={form.choice}>
        <input type="checkbox" checked={onlyActive} onChange={(e) => onOnlyActive(e.target.checked)} />
        {text.onlyActive}
      </label>
      <p id={faultId} className={classes.fault} role="status">
        {faults[0] && <FaultText fault={faults[0]} />}
      </p>
    </search>
  );
}

function FaultText({ fault }: { fault: Fault }) {
  const text = useText(usersText).users.fault;
  if (fault.kind === "value") return text.value(fault.word, fault.allowed);
  return text[fault.kind](fault.word);
}

function FilterMenu({ search, onPick }: { search: string; onPick: (word: string) => void }) {
  const text = useText(usersText).users;
  const chosen = new Set(search.split(/\s+/));
  const item = (word: string, label: string) => (
    <li key={word}>
      <label>
        <input type="checkbox" checked={chosen.has(word)} onChange={() => onPick(word)} />
        {label} <span className="muted mono small">{word}</span>
      </label>
    </li>
  );
  return (
    <details className={`menu ${classes.filters}`} ref={useMenu()}>
      <summary className="btn">{text.filters}</summary>
      <div>
        <p className="muted small">{text.filter.serverTitle}</p>
        <ul>{serverStates.map((s) => item(`server:${s}`, text.filter.server[s]))}</ul>
        <p className="muted small">{text.filter.accountTitle}</p>
        <ul>
          {item("admin:yes", text.filter.adminYes)}
          {item("admin:no", text.filter.adminNo)}
          {accountStates.map((s) => item(`state:${shown(s)}`, text.account[s]))}
        </ul>
        <p className="muted small">{text.filter.seenTitle}</p>
        <ul>{(["<7d", ">180d", "never"] as const).map((s) => item(`active:${s}`, text.filter.seen[s]))}</ul>
      </div>
    </details>
  );
}
