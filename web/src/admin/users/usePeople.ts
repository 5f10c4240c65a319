import { keepPreviousData, type UseQueryResult, useQuery } from "@tanstack/react-query";
import { listPeople, type Page, type Person } from "../../api/users";
import { needsPerson } from "../../api/useServers";
import { useApp } from "../../context";
import { listQuery, type View } from "./query";

export const calm = 10_000;
export const busy = 2_000;

export const peopleKey = ["people"] as const;

/**
 * The people of a view. What was shown stays until the next view is there; it is looked up again every few seconds, more
 * often while a server of somebody on the page starts or stops.
 */
export function usePeople(view: View): UseQueryResult<Page<Person>> {
  const { api } = useApp();
  const query = listQuery(view);
  return useQuery({
    queryKey: [...peopleKey, query],
    queryFn: ({ signal }) => listPeople(api, query, signal),
    placeholderData: keepPreviousData,
    refetchInterval: ({ state }) => {
      if (needsPerson(state.error)) return false;
      return state.data?.items.some(isBusy) ? busy : calm;
    },
    retry: false,
  });
}

export function isBusy(person: Person): boolean {
  return Object.values(person.servers ?? {}).some((s) => s.pending);
}
