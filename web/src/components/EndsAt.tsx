import { Button, VisuallyHidden } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { ApiError } from "../api/errors";
import { extendServer, type Server, shownName } from "../api/servers";
import { useApp } from "../context";
import { idleText } from "../text/idle";
import { useLanguage, useText } from "../text/text";
import { dateAndTime, timeOfDay } from "../time";
import classes from "./EndsAt.module.css";
import { Problem } from "./Problem";
import { useNow } from "./useNow";

const minute = 60_000;
/** How many minutes before the end it is announced, latest first. */
const announced = [5, 15, 30];
/** What the button adds, in minutes. */
const more = 30;

/** When a running server's time is over, said aloud when that comes near; `extend` offers more of it. */
export function EndsAt({ server, user, extend }: { server: Server; user: string; extend: boolean }) {
  const { api } = useApp();
  const text = useText(idleText).ends;
  const language = useLanguage();
  const now = useNow();
  const client = useQueryClient();
  const extension = useMutation({
    mutationFn: () => extendServer(api, user, server.name, more),
    onSettled: () =>
      Promise.all([
        client.invalidateQueries({ queryKey: ["user", user] }),
        client.invalidateQueries({ queryKey: ["people"] }),
      ]),
  });
  const used = extension.error instanceof ApiError && extension.error.status === 403;
  const ends = server.ready && server.ends_at ? new Date(server.ends_at) : null;
  if (!ends) return null;
  const left = Math.max(0, Math.ceil((ends.getTime() - now) / minute));
  const step = announced.find((minutes) => left <= minutes);
  const today = ends.toDateString() === new Date(now).toDateString();
  const at = today ? text.clock(timeOfDay(ends, language)) : text.day(dateAndTime(ends, language));
  return (
    <>
      <div className={classes.ends}>
        <p className={step ? classes.near : "muted small"}>{step ? text.near(at, left) : text.ends(at)}</p>
        {extend && (
          <Button
            size="compact-xs"
            variant="default"
            className="target"
            loading={extension.isPending}
            onClick={() => extension.mutate()}
            aria-label={text.moreOf(more, shownName(server))}
          >
            {text.more(more)}
          </Button>
        )}
      </div>
      <VisuallyHidden role="status">{step ? text.soon(step) : ""}</VisuallyHidden>
      {used && (
        <p className="small" role="alert">
          {text.used}
        </p>
      )}
      {extension.error && !used && <Problem what={text.failed} error={extension.error} />}
    </>
  );
}
