import { type UseQueryResult, useQuery } from "@tanstack/react-query";
import { type Statement, statementOf } from "../../api/quota";
import { useApp } from "../../context";

/** How often it is read again, in milliseconds: while something runs, and else. */
const often = 15_000;
const seldom = 60_000;

/** Somebody's statement, of which the part that begins with `before` is asked for. */
export function useStatement(name: string, before = ""): UseQueryResult<Statement> {
  const { api } = useApp();
  return useQuery({
    queryKey: ["quota", name, before],
    queryFn: ({ signal }) => statementOf(api, name, before, signal),
    refetchInterval: ({ state }) => (state.data?.running.length ? often : seldom),
    placeholderData: (shown) => shown,
    retry: false,
  });
}
