import { ApiError } from "../api/errors";
import { useApp } from "../context";
import { useText } from "../text/text";

/** What failed, the cure, and the request's id, small, to copy. */
export function Problem({ what, error, onRetry }: { what: string; error: unknown; onRetry?: () => void }) {
  const { data } = useApp();
  const { failures } = useText();
  const known = error instanceof ApiError ? error : null;
  return (
    <div className="note bad" role="alert">
      <p>
        <strong>{what}</strong> {known ? known.message : failures.unexpected}
      </p>
      <Cure kind={known?.kind} hub={data.hub} onRetry={onRetry} />
      {known?.requestId && (
        <p className="muted small">
          {failures.request} <span className="mono">{known.requestId}</span>
        </p>
      )}
    </div>
  );
}

function Cure({ kind, hub, onRetry }: { kind: string | undefined; hub: string; onRetry: (() => void) | undefined }) {
  const { failures, again } = useText();
  if (kind === "session") {
    const next = encodeURIComponent(window.location.pathname + window.location.search);
    return (
      <p>
        <a className="btn" href={`${hub}login?next=${next}`} target="_blank" rel="noopener">
          {failures.logIn}
        </a>{" "}
        {onRetry && (
          <button className="btn" type="button" onClick={onRetry}>
            {again}
          </button>
        )}
      </p>
    );
  }
  if (kind === "stale") {
    return (
      <p>
        <button className="btn" type="button" onClick={() => window.location.reload()}>
          {failures.reload}
        </button>
      </p>
    );
  }
  if (!onRetry) return null;
  return (
    <p>
      <button className="btn" type="button" onClick={onRetry}>
        {again}
      </button>
    </p>
  );
}
