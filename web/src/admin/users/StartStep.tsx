import { useQuery } from "@tanstack/react-query";
import { listEvents, type Server } from "../../api/servers";
import { useApp } from "../../context";
import classes from "./server.module.css";
import { busy, peopleKey } from "./usePeople";

/** How many starts a page follows step by step: each is a request every few seconds. */
export const mostFollowed = 5;

/** Tells whether a server is on its way up: out of the queue, and not there yet. */
export function isStarting(server: Server | undefined): server is Server {
  return server?.pending === "spawn" && server.phase !== "queued";
}

/** What was last done for a server that starts, in the hub's words. */
export function StartStep({ user, server }: { user: string; server: string }) {
  const { api } = useApp();
  const { data } = useQuery({
    queryKey: [...peopleKey, "step", user, server],
    queryFn: ({ signal }) => listEvents(api, user, server, signal, 1),
    refetchInterval: busy,
    gcTime: 0,
    retry: false, // the row's state is said without it
  });
  const step = data?.items[0];
  return step ? (
    <span className={`${classes.step} muted small`} title={step.message}>
      {step.message}
    </span>
  ) : null;
}
