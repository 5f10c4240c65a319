import type { Server } from "../api/servers";
import { idleText } from "../text/idle";
import { useLanguage, useText } from "../text/text";
import { dateAndTime, timeOfDay } from "../time";
import { Time } from "./Time";
import { useNow } from "./useNow";

/** When a running server will be stopped by itself; with `why` also what is known of its use. */
export function StopsAt({ server, why = false }: { server: Server; why?: boolean }) {
  const text = useText(idleText).idle;
  const language = useLanguage();
  const now = useNow();
  const idle = server.ready ? server.idle : undefined;
  if (!idle) return null;
  const moment = (time: string) => {
    const at = new Date(time);
    const today = at.toDateString() === new Date(now).toDateString();
    return today ? text.clock(timeOfDay(at, language)) : text.day(dateAndTime(at, language));
  };
  const at = moment(idle.stops_at);
  const over = Date.parse(idle.stops_at) <= now;
  const said = idle.spared
    ? text.spared(at)
    : idle.reason === "max_age"
      ? text.aged(at)
      : over
        ? text.soon
        : text.unused(at);
  return (
    <>
      <p className="muted small">{said}</p>
      {why && (
        <p className="muted small">
          {text.since} <Time at={idle.since} none="" />.{" "}
          {idle.kernels && text.kernels(moment(idle.kernels.asked), idle.kernels.busy, idle.kernels.total)}{" "}
          {idle.kernels && idle.kernels.connections > 0 && text.connections(idle.kernels.connections)}
        </p>
      )}
    </>
  );
}
