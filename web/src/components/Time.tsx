import { useText } from "../text/text";
import { exact, relative } from "../time";
import { useNow } from "./useNow";

interface TimeProps {
  at: string | null;
  none: string;
  /** It is to come. Any other is at most now, whatever the clock of the hub says. */
  ahead?: boolean;
}

/** A time as people say it, the exact one on hover. `none` is said where there is no time. */
export function Time({ at, none, ahead = false }: TimeProps) {
  const now = useNow();
  const { times } = useText();
  const time = at ? new Date(at) : null;
  if (!time || Number.isNaN(time.getTime())) return <span className="muted">{none}</span>;
  return (
    <time dateTime={time.toISOString()} title={exact(time)}>
      {relative(time.getTime(), ahead ? now : Math.max(now, time.getTime()), times)}
    </time>
  );
}
