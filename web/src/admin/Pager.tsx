import { useText } from "../text/text";
import { usersText } from "../text/users";
import form from "./form.module.css";
import classes from "./Pager.module.css";
import { sizes, type View } from "./users/query";

interface PagerProps {
  view: Pick<View, "page" | "size">;
  /** What the number of rows on a page is called. */
  perPage?: string;
  total: number;
  onPage: (page: number) => void;
  /** Somebody is about to ask for the next page. */
  onNear?: () => void;
  onSize: (size: number) => void;
}

/** Which part is shown, and the way to the others. */
export function Pager({ view, total, onPage, onNear, onSize, perPage }: PagerProps) {
  const text = useText(usersText).users;
  const size = perPage ?? text.perPage;
  const pages = Math.max(1, Math.ceil(total / view.size));
  const from = (view.page - 1) * view.size + 1;
  return (
    <div className={classes.pager}>
      <span className="muted">
        {total > 0 && text.range(Math.min(from, total), Math.min(from + view.size - 1, total), total)}
      </span>
      {total > 0 && (
        <label className={classes.size}>
          <span className="muted">{size}</span>
          <select className={form.small} value={view.size} onChange={(e) => onSize(Number(e.target.value))}>
            {sizes.map((n) => (
              <option key={n}>{n}</option>
            ))}
          </select>
        </label>
      )}
      {pages > 1 && (
        <nav aria-label={text.pages} className={classes.pages} onPointerEnter={onNear} onFocus={onNear}>
          <button
            type="button"
            aria-label={text.previous}
            disabled={view.page <= 1}
            onClick={() => onPage(view.page - 1)}
          >
            ‹
          </button>
          {around(view.page, pages).map((n, at) =>
            n === null ? (
              // biome-ignore lint/suspicious/noArrayIndexKey: a gap has no name
              <span key={`gap${at}`}>…</span>
            ) : (
              <button
                key={n}
                type="button"
                aria-label={text.page(n)}
                aria-current={n === view.page ? "page" : undefined}
                onClick={() => onPage(n)}
              >
                {n}
              </button>
            ),
          )}
          <button
            type="button"
            aria-label={text.next}
            disabled={view.page >= pages}
            onClick={() => onPage(view.page + 1)}
          >
            ›
          </button>
        </nav>
      )}
    </div>
  );
}

/** The first page, the last, and those about the current one; null is a gap. */
export function around(page: number, pages: number): (number | null)[] {
  const near = [1, page - 1, page, page + 1, pages].filter((n) => n >= 1 && n <= pages);
  const list = [...new Set(near)].sort((a, b) => a - b);
  return list.flatMap((n, at) => {
    const before = list[at - 1];
    return before === undefined || n - before === 1 ? [n] : n - before === 2 ? [n - 1, n] : [null, n];
  });
}
