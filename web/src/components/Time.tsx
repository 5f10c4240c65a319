import { useEffect, useState } from "react";
import { useText } from "../text/text";
import { exact, relative } from "../time";

const everyHalfMinute = 30_000;

/** A time as people say it, the exact one on hover. `none` is said where there is no time. */
export function Time({ at, none }: { at: string | null; none: string }) {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), everyHalfMinute);
    return () => clearInterval(timer);
  }, []);
  const { times } = useText();
  const time = at ? new Date(at) : null;
  if (!time || Number.isNaN(time.getTime())) return <span className="muted">{none}</span>;
  return (
    <time dateTime={time.toISOString()} title={exact(time)}>
      {relative(time.getTime(), Math.max(now, time.getTime()), times)}
    </time>
  );
}
