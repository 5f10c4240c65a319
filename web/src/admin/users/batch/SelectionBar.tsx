import { useMenu } from "../../../components/useMenu";
import { useApp } from "../../../context";
import { mayAny } from "../../../scopes";
import { batchText } from "../../../text/batch";
import { useText } from "../../../text/text";
import panel from "../../admin.module.css";
import { IconButton } from "../../IconButton";
import { mayChangeMembers, rightsOnSome } from "../rights";
import classes from "./batch.module.css";
import { countOf, type Selection } from "./selection";
import { type Act, menu, offered } from "./work";

interface SelectionBarProps {
  selection: Selection;
  /** How many match what is searched. */
  matching: number;
  /** The page shows others by now than all that matched. */
  elsewhere: boolean;
  /** The page's address has no room for it. */
  unsaid: boolean;
  onAll: () => void;
  onClear: () => void;
  onAct: (act: Act) => void;
}

/** What can be done with all that are selected. It lies over the page's end, and moves nothing. */
export function SelectionBar({ selection, matching, elsewhere, unsaid, onAll, onClear, onAct }: SelectionBarProps) {
  const { selection: text, act: words } = useText(batchText);
  const { data } = useApp();
  const rights = rightsOnSome(data.scopes);
  const groups = mayChangeMembers(data.scopes).length > 0;
  const quota = data.quota !== null && mayAny(data.scopes, ["admin:quota"]);
  const n = countOf(selection);
  const more = menu.filter((act) => offered(act, rights, groups));
  const told = elsewhere && selection.kind === "all" ? text.matched(n, selection.search) : text.count(n);
  // The live region is there before anybody is selected: screen readers say only what changes in one.
  return (
    <section className={n > 0 ? classes.bar : "hidden"} aria-label={n > 0 ? text.label : undefined}>
      <span aria-live="polite">{n > 0 && told}</span>
      {n > 0 && (
        <>
          {unsaid && <span className="muted small">{text.unsaid}</span>}
          {selection.kind === "names" && matching > n && (
            <button type="button" className={panel.link} onClick={onAll}>
              {text.all(matching)}
            </button>
          )}
          <span className={panel.buttons}>
            {(["start", "stop", "quota"] as const)
              .filter((act) => offered(act, rights, groups, quota))
              .map((act) => (
                <button key={act} type="button" className="btn" onClick={() => onAct(act)}>
                  {words[act].button}
                </button>
              ))}
            {more.length > 0 && <More acts={more} onAct={onAct} />}
          </span>
          <IconButton icon="close" label={text.clear} onClick={onClear} />
        </>
      )}
    </section>
  );
}

/** What is done more rarely. */
function More({ acts, onAct }: { acts: Act[]; onAct: (act: Act) => void }) {
  const { selection: text, act: words } = useText(batchText);
  const menu = useMenu();
  const pick = (act: Act) => {
    if (menu.current) menu.current.open = false;
    onAct(act);
  };
  return (
    <details ref={menu} className={`menu ${classes.more}`}>
      <summary className="btn">{text.more}</summary>
      <div>
        <ul>
          {acts.map((act) => (
            <li key={act}>
              <button type="button" onClick={() => pick(act)}>
                {words[act].button}
              </button>
            </li>
          ))}
        </ul>
      </div>
    </details>
  );
}
