import { ApiError } from "../api/errors";
import { useApp } from "../context";

/** What failed, the cure, and the request's id, small, to copy. */
export function Problem({ what, error, onRetry }: { what: string; error: unknown; onRetry?: () => void }) {
  const { data } = useApp();
  const known = error instanceof ApiError ? error : null;
  return (
    <div className="note bad" role="alert">
      <p>
        <strong>{what}</strong> {known ? known.message : "Something unexpected happened. Load the page again."}
      </p>
      <Cure kind={known?.kind} hub={data.hub} onRetry={onRetry} />
      {known?.requestId && (
        <p className="muted small">
          Request <span className="mono">{known.requestId}</span>
        </p>
      )}
    </div>
  );
}

function Cure({ kind, hub, onRetry }: { kind: string | undefined; hub: string; onRetry: (() => void) | undefined }) {
  if (kind === "session") {
    const next = encodeURIComponent(window.location.pathname + window.location.search);
    return (
      <p>
        <a className="btn" href={`${hub}login?next=${next}`}>
          Log in
        </a>
      </p>
    );
  }
  if (kind === "stale") {
    return (
      <p>
        <button className="btn" type="button" onClick={() => window.location.reload()}>
          Load the page again
        </button>
      </p>
    );
  }
  if (!onRetry) return null;
  return (
    <p>
      <button className="btn" type="button" onClick={onRetry}>
        Try again
      </button>
    </p>
  );
}
