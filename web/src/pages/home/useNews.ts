import { notifications } from "@mantine/notifications";
import { useEffect, useRef } from "react";
import { type Server, shownName } from "../../api/servers";
import type { Home } from "../../text/en/home";
import { homeText } from "../../text/home";
import { useText } from "../../text/text";
import { type StateKind, stateOf } from "./state";

/** Says, also to who can't see the list, when a start or stop that was under way is over. */
export function useNews(servers: Server[] | undefined): void {
  const { news } = useText(homeText);
  const before = useRef(new Map<string, StateKind>());
  useEffect(() => {
    if (!servers) return;
    const now = new Map(servers.map((s) => [s.name, stateOf(s).kind]));
    for (const server of servers) {
      const told = newsOf(server, before.current.get(server.name), now.get(server.name), news);
      if (told)
        notifications.show({ ...told, closeButtonProps: { "aria-label": news.dismiss }, id: `server-${server.name}` });
    }
    before.current = now;
  }, [servers, news]);
}

interface News {
  message: string;
  color: string;
}

function newsOf(
  server: Server,
  before: StateKind | undefined,
  now: StateKind | undefined,
  words: Home["news"],
): News | null {
  const started = before === "starting" || before === "waiting";
  const name = shownName(server);
  if (started && now === "ready") return { message: words.ready(name), color: "green" };
  if (started && now === "failed") return { message: words.failed(name, server.failure ?? ""), color: "red" };
  if ((started || before === "stopping") && now === "stopped") return { message: words.stopped(name), color: "blue" };
  return null;
}
