import type { Announcement } from "../../api/announcements";
import { Announcement as Shown } from "../../components/Announcements";
import { announcementsText } from "../../text/announcements";
import { useLanguage, useText } from "../../text/text";
import { dateAndTime } from "../../time";
import classes from "./announcements.module.css";
import { stateOf } from "./draft";

interface ListProps {
  list: Announcement[];
  onEdit: (one: Announcement) => void;
  onRemove: (one: Announcement) => void;
}

/** All of them as people see them, each with to whom and when. */
export function AnnouncementList({ list, onEdit, onRemove }: ListProps) {
  const text = useText(announcementsText);
  if (list.length === 0) {
    return (
      <div className="card">
        <p>{text.empty}</p>
        <p className="muted">{text.emptyHint}</p>
      </div>
    );
  }
  return (
    <ul className={classes.list}>
      {list.map((one) => (
        <li key={one.id} className="card" data-row tabIndex={-1} data-state={stateOf(one, Date.now())}>
          <Facts one={one} />
          <Shown told={one} />
          <div className="actions">
            <button
              type="button"
              className="btn"
              data-edit
              aria-label={text.editOf(firstLine(one))}
              onClick={() => onEdit(one)}
            >
              {text.edit}
            </button>
            <button
              type="button"
              className="btn"
              aria-label={text.removeOf(firstLine(one))}
              onClick={() => onRemove(one)}
            >
              {text.remove}
            </button>
          </div>
        </li>
      ))}
    </ul>
  );
}

const firstLine = (one: Announcement) => one.text.trim().split("\n", 1)[0]?.slice(0, 60) ?? "";

function Facts({ one }: { one: Announcement }) {
  const text = useText(announcementsText);
  const language = useLanguage();
  const state = stateOf(one, Date.now());
  const said = (at: string | null) => (at ? dateAndTime(new Date(at), language) : "");
  return (
    <p className={classes.facts}>
      <strong>{text.states[state]}</strong>
      <span>{one.group === null ? text.toEverybody : text.toGroup(one.group)}</span>
      <span>{(state === "later" ? text.future : text.span)(said(one.from), said(one.until))}</span>
      <span className="muted">{text.by(one.author)}</span>
    </p>
  );
}
