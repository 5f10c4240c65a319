import { useMutation, useQueryClient } from "@tanstack/react-query";
import { stopServer } from "../../api/servers";
import { startServer } from "../../api/users";
import { useApp } from "../../context";
import { useText } from "../../text/text";
import { usersText } from "../../text/users";
import { peopleKey } from "./usePeople";

/** What failed, and why. */
export interface Trouble {
  what: string;
  error: unknown;
}

export interface RowActions {
  start: (user: string) => void;
  stop: (user: string, server: string) => void;
  /** Shows somebody's details. */
  open: (user: string) => void;
  setPassword: (user: string) => void;
}

/** What is shown beside the list. */
export interface Openers {
  open: (user: string) => void;
  setPassword: (user: string) => void;
}

/** What a row's buttons do; failures are told to whoever shows the page. */
export function useRowActions(onTrouble: (trouble: Trouble | null) => void, openers: Openers): RowActions {
  const { api } = useApp();
  const text = useText(usersText).users;
  const client = useQueryClient();
  const settled = { onSettled: () => client.invalidateQueries({ queryKey: peopleKey }) };
  const start = useMutation({ mutationFn: (user: string) => startServer(api, user), ...settled });
  const stop = useMutation({
    mutationFn: ({ user, server }: { user: string; server: string }) => stopServer(api, user, server),
    ...settled,
  });
  return {
    ...openers,
    start: (user) => {
      onTrouble(null);
      start.mutate(user, { onError: (error) => onTrouble({ what: text.startFailed(user), error }) });
    },
    stop: (user, server) => {
      onTrouble(null);
      stop.mutate({ user, server }, { onError: (error) => onTrouble({ what: text.stopFailed(user), error }) });
    },
  };
}
