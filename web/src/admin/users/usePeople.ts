import {
  keepPreviousData,
  type QueryClient,
  type UseQueryResult,
  useQuery,
  useQueryClient,
} from "@tanstack/react-query";
import { useCallback, useEffect, useRef, useState } from "react";
import { type HubEvent, useEvents } from "../../api/useEvents";
import { listPeople, type Page, type Person } from "../../api/users";
import { needsPerson } from "../../api/useServers";
import { useApp } from "../../context";
import { inShownOrder, isOtherOrder, type Listed, withGone, withServer } from "./live";
import { listQuery, type View } from "./query";

/** How often one person is looked up, in milliseconds: while nothing happens, and while a server starts or stops. */
export const calm = 10_000;
export const busy = 2_000;
/** How often the list is read besides its events: what was last done is none, nor is a place in the queue. */
const seldom = 60_000;
const queued = 5_000;
/** How long events are gathered before the list is read for them. */
const gather = 500;
/** How long a page that was read ahead is good for: rows of an older one would change under the pointer. */
const fresh = 2_000;
const kept = 30_000;

export const peopleKey = ["people"] as const;

/** The list of a view: apart from all else that is read of people. */
const listKey = (query: string) => [...peopleKey, "list", query];
const again = "atrium:people";

/** Has pages that are not shown, one that was read ahead above all, read anew before they are good again. */
function outdate(client: QueryClient): void {
  void client.invalidateQueries({ queryKey: [...peopleKey, "list"], type: "inactive", refetchType: "none" });
}

/** Reads again what is shown of people, after something that changes no more than cells: rows keep their places. */
export function useLookAgain(): () => void {
  const client = useQueryClient();
  return useCallback(() => {
    outdate(client);
    window.dispatchEvent(new Event(again));
    void client.invalidateQueries({ queryKey: peopleKey, predicate: ({ queryKey }) => queryKey[1] !== "list" });
  }, [client]);
}

/** Shows what somebody has by now, in the lists that are there. */
export function useQuotaShown(): (name: string, quota: NonNullable<Person["quota"]>) => void {
  const client = useQueryClient();
  return useCallback(
    (name, { balance, exact, available, unlimited }) => {
      const quota = { balance, exact, available, unlimited };
      client.setQueriesData<Page<Listed>>(
        { queryKey: [...peopleKey, "list"] },
        (page) => page && { ...page, items: page.items.map((p) => (p.name === name ? { ...p, quota } : p)) },
      );
      void client.invalidateQueries({ queryKey: ["quota", name] });
    },
    [client],
  );
}

/** The people of a view. What was shown stays until the next view is there. */
export function usePeople(view: View): UseQueryResult<Page<Listed>> {
  const { api } = useApp();
  const query = listQuery(view);
  return useQuery<Page<Listed>>({
    queryKey: listKey(query),
    queryFn: ({ signal }) => listPeople(api, query, signal),
    placeholderData: keepPreviousData,
    staleTime: fresh,
    // Rows would jump under the pointer. Events tell what is new; where there is an error, they do not.
    refetchOnWindowFocus: ({ state }) => state.status === "error",
    refetchOnReconnect: ({ state }) => state.status === "error",
    retry: false,
  });
}

/** Reads the page after a view's ahead, once the view is there; and when it is called, as it is before somebody asks for it. */
export function useNextPage(view: View, shown: UseQueryResult<Page<Listed>>): () => void {
  const { api } = useApp();
  const client = useQueryClient();
  const total = shown.data?._pagination.total ?? 0;
  const next = view.page * view.size < total ? listQuery({ ...view, page: view.page + 1 }) : null;
  const look = useCallback(() => {
    if (next === null) return;
    void client.prefetchQuery({
      queryKey: listKey(next),
      queryFn: ({ signal }) => listPeople(api, next, signal),
      staleTime: fresh,
      gcTime: kept,
      retry: false,
    });
  }, [api, client, next]);
  const there = shown.isSuccess && !shown.isPlaceholderData;
  useEffect(() => {
    if (!there) return;
    const timer = window.setTimeout(look, 100); // what is shown comes first
    return () => window.clearTimeout(timer);
  }, [there, look]);
  return look;
}

export function isBusy(person: Person): boolean {
  return Object.values(person.servers ?? {}).some((s) => s.pending);
}

/** What goes on while the list is shown. */
export interface Live {
  /** The connection is lost just now, and tried again. */
  lost: boolean;
  /** Others are on the page by now, or in another order. */
  changed: boolean;
  /** Shows them. */
  onShow: () => void;
}

/** Changes the cells of the people shown as things happen. Rows keep their places until somebody asks for the new ones. */
export function useLivePeople(view: View, shown: UseQueryResult<Page<Person>>): Live {
  const { api } = useApp();
  const client = useQueryClient();
  const query = listQuery(view);
  const [news, setNews] = useState<{ query: string; page: Page<Person> } | null>(null);
  const on = !!shown.data && !shown.isPlaceholderData && !needsPerson(shown.error);
  const timer = useRef(0);

  const look = useCallback(async () => {
    window.clearTimeout(timer.current);
    timer.current = 0;
    const key = listKey(query);
    try {
      const fresh = await listPeople(api, query, new AbortController().signal);
      const before = client.getQueryData<Page<Listed>>(key);
      if (!before) return;
      setNews(isOtherOrder(before, fresh) ? { query, page: fresh } : null);
      client.setQueryData(key, inShownOrder(before, fresh));
    } catch {
      void client.invalidateQueries({ queryKey: key }); // it says what is the matter
    }
  }, [api, client, query]);
  const lookSoon = () => {
    if (!timer.current) timer.current = window.setTimeout(look, gather);
  };

  const lost = useEvents("kind=user&kind=server", on, (event: HubEvent) => {
    if (event.kind !== "open") outdate(client);
    const change = (how: typeof withServer) =>
      client.setQueryData<Page<Listed>>(listKey(query), (page) => page && how(page, event));
    if (event.kind === "user" && event.gone) change(withGone);
    if (event.kind !== "server") return lookSoon();
    change(withServer);
    if (view.onlyActive || view.search || view.sort === "server") lookSoon();
  });
  const waits = shown.data?.items.some((p) => Object.values(p.servers ?? {}).some((s) => s.phase === "queued"));
  const every = lost ? calm : waits ? queued : seldom;
  useEffect(() => {
    if (!on) return;
    if (lost) void look(); // it says why, where that is known
    const turn = window.setInterval(() => !document.hidden && void look(), every);
    return () => window.clearInterval(turn);
  }, [on, lost, every, look]);
  useEffect(() => () => window.clearTimeout(timer.current), []);
  useEffect(() => {
    if (!on) return;
    window.addEventListener(again, look);
    return () => window.removeEventListener(again, look);
  }, [on, look]);

  // What was read since by other ways may have shown them already.
  const page = news?.query === query ? news.page : null;
  const changed = !!page && !!shown.data && isOtherOrder(shown.data, page);
  const onShow = () => {
    setNews(null);
    void client.invalidateQueries({ queryKey: peopleKey });
  };
  return { lost, changed, onShow };
}
