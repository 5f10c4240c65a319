import {
  type UseMutationResult,
  type UseQueryResult,
  useMutation,
  useQuery,
  useQueryClient,
} from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { useApp } from "../context";
import { ApiError } from "./errors";
import { getUser, removeServer, type Server, stopServer, type User } from "./servers";
import { useEvents } from "./useEvents";

const calm = 5_000;
const busy = 1_500;
/** While the hub tells of what happens: what is no event, such as who looks into a server, is looked up besides. */
const told = 10_000;

const key = (user: string) => ["user", user] as const;

/**
 * The person's servers, looked up again when the hub tells of them, wherever they were started or stopped; where it does
 * not, every few seconds. While one of them starts or stops that is done more often.
 */
export function useServers(): UseQueryResult<User> {
  const { api, data } = useApp();
  const client = useQueryClient();
  const [following, setFollowing] = useState(false);
  const result = useQuery({
    queryKey: key(data.user),
    queryFn: ({ signal }) => getUser(api, data.user, signal),
    refetchInterval: ({ state }) => {
      if (needsPerson(state.error)) return false;
      return Object.values(state.data?.servers ?? {}).some((s) => s.pending) ? busy : following ? told : calm;
    },
    retry: false, // the next look comes soon enough, and what failed is said at once
  });
  const mine = `kind=server&name=${encodeURIComponent(data.user)}`;
  const lost = useEvents(mine, !!result.data && !needsPerson(result.error), ({ kind }) => {
    setFollowing(true);
    if (kind !== "open") void client.invalidateQueries({ queryKey: key(data.user) });
  });
  useEffect(() => {
    if (lost) setFollowing(false);
  }, [lost]);
  return result;
}

/** Whether trying again is of no use before the person has done something. */
export function needsPerson(error: unknown): error is ApiError {
  return error instanceof ApiError && (error.kind === "session" || error.kind === "stale");
}

export type Action = "stop" | "remove";

const calls = { stop: stopServer, remove: removeServer };

/** Stops or removes a server of the person. The list shows at once what was asked for. */
export function useServerAction(action: Action): UseMutationResult<void, Error, string> {
  const { api, data } = useApp();
  const client = useQueryClient();
  return useMutation({
    mutationFn: (server: string) => calls[action](api, data.user, server),
    onMutate: async (server) => {
      await client.cancelQueries({ queryKey: key(data.user) });
      client.setQueryData<User>(key(data.user), (user) => user && expect(user, server, action));
      // The answer may take as long as the stop: what happens meanwhile is looked up.
      setTimeout(() => void client.invalidateQueries({ queryKey: key(data.user) }), busy);
    },
    onSettled: () => client.invalidateQueries({ queryKey: key(data.user) }),
  });
}

/** The person's servers as they will stand when the hub has taken the action on. */
function expect(user: User, name: string, action: Action): User {
  const { [name]: former, ...others } = user.servers;
  if (action === "remove" || !former) return { ...user, servers: others };
  const stopping: Server = { ...former, pending: "stop", ready: false, failure: null, queue_place: null };
  return { ...user, servers: { ...user.servers, [name]: stopping } };
}
