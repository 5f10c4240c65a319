import classes from "./admin.module.css";

interface OlderPagesProps {
  words: { newest: string; older: string };
  /** Where the shown page begins; empty for the newest. */
  before: string;
  /** Where the next one begins, if there is one. */
  older: number | undefined;
  onShow: (before: string) => void;
}

/** The ways on in a list that is read from its newest row to the oldest. */
export function OlderPages({ words, before, older, onShow }: OlderPagesProps) {
  return (
    <div className={classes.older}>
      {before && (
        <button type="button" className="btn" onClick={() => onShow("")}>
          {words.newest}
        </button>
      )}
      {older !== undefined && (
        <button type="button" className="btn" onClick={() => onShow(String(older))}>
          {words.older}
        </button>
      )}
    </div>
  );
}
