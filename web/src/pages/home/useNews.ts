import { notifications } from "@mantine/notifications";
import { useEffect, useRef } from "react";
import { mentionOf, type Server } from "../../api/servers";
import { type StateKind, stateOf } from "./state";

/** Says, also to who can't see the list, when a start or stop that was under way is over. */
export function useNews(servers: Server[] | undefined): void {
  const before = useRef(new Map<string, StateKind>());
  useEffect(() => {
    if (!servers) return;
    const now = new Map(servers.map((s) => [s.name, stateOf(s).kind]));
    for (const server of servers) {
      const news = newsOf(server, before.current.get(server.name), now.get(server.name));
      if (news)
        notifications.show({ ...news, closeButtonProps: { "aria-label": "Dismiss" }, id: `server-${server.name}` });
    }
    before.current = now;
  }, [servers]);
}

interface News {
  message: string;
  color: string;
}

function newsOf(server: Server, before: StateKind | undefined, now: StateKind | undefined): News | null {
  const started = before === "starting" || before === "waiting";
  const what = `The ${mentionOf(server)}`;
  if (started && now === "ready") return { message: `${what} is ready.`, color: "green" };
  if (started && now === "failed") return { message: `${what} could not start. ${server.failure}`, color: "red" };
  if ((started || before === "stopping") && now === "stopped") return { message: `${what} is stopped.`, color: "blue" };
  return null;
}
