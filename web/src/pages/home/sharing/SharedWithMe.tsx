import { Button } from "@mantine/core";
import { useInfiniteQuery, useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { leaveShare, listShared, type Share } from "../../../api/shares";
import { Confirm } from "../../../components/Confirm";
import { Problem } from "../../../components/Problem";
import { useApp } from "../../../context";
import { sharingText } from "../../../text/sharing";
import { useText } from "../../../text/text";
import homeClasses from "../home.module.css";
import classes from "./sharing.module.css";

/** Servers that others share with the person; nothing where there are none. */
export function SharedWithMe() {
  const { api, data } = useApp();
  const text = useText(sharingText);
  const client = useQueryClient();
  const [leaving, setLeaving] = useState<Share | null>(null);
  const key = ["shared", data.user];
  const {
    data: parts,
    fetchNextPage,
    hasNextPage,
    isFetchingNextPage,
  } = useInfiniteQuery({
    queryKey: key,
    queryFn: ({ signal, pageParam }) => listShared(api, data.user, pageParam, signal),
    initialPageParam: 0,
    getNextPageParam: ({ items, _pagination: { offset, total } }) =>
      items.length > 0 && offset + items.length < total ? offset + items.length : undefined,
    retry: false, // it is not what somebody comes for: where it can't be had, it is not spoken of
  });
  const leave = useMutation({
    mutationFn: ({ server }: Share) => leaveShare(api, data.user, ownerOf(server), server.name),
    onSettled: () => client.invalidateQueries({ queryKey: key }),
  });
  const shared = parts?.pages.flatMap((part) => part.items) ?? [];
  if (shared.length === 0) return null;
  const total = parts?.pages[0]?._pagination.total ?? shared.length;
  return (
    <section className={homeClasses.section} aria-labelledby="shared">
      <h2 id="shared">{text.withMe}</h2>
      {leave.error && <Problem what={text.notLeft} error={leave.error} />}
      <ul className={classes.list}>
        {shared.map((s) => (
          <li key={`${s.kind} ${s.group?.name} ${ownerOf(s.server)}/${s.server.name}`}>
            <a className={`target ${classes.what}`} href={s.server.full_url ?? s.server.url}>
              {text.of(s.server.name, ownerOf(s.server))}
            </a>
            <span className="muted small">
              {s.server.ready ? text.running : text.stopped}
              {s.kind === "group" && `, ${text.byGroup(s.group?.name ?? "")}`}
            </span>
            {s.kind === "user" && (
              <Button
                size="xs"
                variant="subtle"
                onClick={() => setLeaving(s)}
                aria-label={`${text.leave}: ${text.of(s.server.name, ownerOf(s.server))}`}
              >
                {text.leave}
              </Button>
            )}
          </li>
        ))}
      </ul>
      {hasNextPage && (
        <p>
          <span className="muted">{text.more(shared.length, total)}</span>{" "}
          <Button size="xs" variant="default" loading={isFetchingNextPage} onClick={() => void fetchNextPage()}>
            {text.showMore}
          </Button>
        </p>
      )}
      {leaving && (
        <Confirm
          title={text.leaveTitle(text.of(leaving.server.name, ownerOf(leaving.server)))}
          keep={text.leaveKeep}
          act={text.leave}
          onKeep={() => setLeaving(null)}
          onAct={() => {
            leave.mutate(leaving);
            setLeaving(null);
          }}
        >
          {text.leaveText}
        </Confirm>
      )}
    </section>
  );
}

function ownerOf(server: Share["server"]): string {
  return server.user.name ?? "";
}
