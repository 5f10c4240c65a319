import { useEffect, useState } from "react";
import { relative } from "../time";

const everyHalfMinute = 30_000;

/** A time as people say it, the exact one on hover. */
export function Time({ at }: { at: string | null }) {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), everyHalfMinute);
    return () => clearInterval(timer);
  }, []);
  const time = at ? new Date(at) : null;
  if (!time || Number.isNaN(time.getTime())) return <span className="muted">–</span>;
  return (
    <time dateTime={time.toISOString()} title={time.toLocaleString()}>
      {relative(time.getTime(), Math.max(now, time.getTime()))}
    </time>
  );
}
