import {
  type UseMutationResult,
  type UseQueryResult,
  useMutation,
  useQuery,
  useQueryClient,
} from "@tanstack/react-query";
import { useApp } from "../context";
import { ApiError } from "./errors";
import { getUser, removeServer, type Server, stopServer, type User } from "./servers";

const calm = 5_000;
const busy = 1_500;

const key = (user: string) => ["user", user] as const;

/** The person's servers, looked up again every few seconds, and more often while one of them starts or stops. */
export function useServers(): UseQueryResult<User> {
  const { api, data } = useApp();
  return useQuery({
    queryKey: key(data.user),
    queryFn: ({ signal }) => getUser(api, data.user, signal),
    refetchInterval: ({ state }) => {
      if (needsPerson(state.error)) return false;
      return Object.values(state.data?.servers ?? {}).some((s) => s.pending) ? busy : calm;
    },
    retry: false, // the next look comes soon enough, and what failed is said at once
  });
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
