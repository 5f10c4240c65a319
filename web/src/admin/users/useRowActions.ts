import { useMutation } from "@tanstack/react-query";
import { stopServer } from "../../api/servers";
import { startServer } from "../../api/users";
import { useApp } from "../../context";
import { useText } from "../../text/text";
import { usersText } from "../../text/users";
import { useLookAgain } from "./usePeople";

/** What failed, and why. */
export interface Trouble {
  what: string;
  error: unknown;
}

/** Both take whose, and which server: "" is the default one. */
export interface ServerCalls {
  start: (user: string, server: string) => void;
  stop: (user: string, server: string) => void;
}

export interface RowActions extends ServerCalls {
  /** Shows somebody's details. */
  open: (user: string) => void;
  setPassword: (user: string) => void;
}

/** What is shown beside the list. */
export interface Openers {
  open: (user: string) => void;
  setPassword: (user: string) => void;
}

/** Starts and stops servers; failures are told to whoever shows the page. */
export function useServerCalls(onTrouble: (trouble: Trouble | null) => void): ServerCalls {
  const { api } = useApp();
  const text = useText(usersText).users;
  const look = useLookAgain();
  const soon = () => void setTimeout(look, 500);
  // A start is answered when it is over: what happens meanwhile is looked up.
  const settled = { onMutate: soon, onSettled: look };
  const start = useMutation({
    mutationFn: ({ user, server }: { user: string; server: string }) => startServer(api, user, server),
    ...settled,
  });
  const stop = useMutation({
    mutationFn: ({ user, server }: { user: string; server: string }) => stopServer(api, user, server),
    ...settled,
  });
  return {
    start: (user, server) => {
      onTrouble(null);
      start.mutate({ user, server }, { onError: (error) => onTrouble({ what: text.startFailed(user), error }) });
    },
    stop: (user, server) => {
      onTrouble(null);
      stop.mutate({ user, server }, { onError: (error) => onTrouble({ what: text.stopFailed(user), error }) });
    },
  };
}

/** What a row's buttons do. */
export function useRowActions(onTrouble: (trouble: Trouble | null) => void, openers: Openers): RowActions {
  return { ...openers, ...useServerCalls(onTrouble) };
}
