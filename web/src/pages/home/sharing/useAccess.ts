import { type QueryKey, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import {
  giveShare,
  listLinks,
  listShares,
  makeLink,
  type Recipient,
  type Share,
  type ShareLink,
  takeLink,
  takeShare,
} from "../../../api/shares";
import type { Page } from "../../../api/users";
import { useApp } from "../../../context";

/** Who has access to a server. */
export interface Access {
  shares: Page<Share>;
  links: Page<ShareLink>;
}

const keyOf = (owner: string, server: string): QueryKey => ["access", owner, server];

/** Who has access to a server of the person. */
export function useAccess(server: string) {
  const { api, data } = useApp();
  return useQuery({
    queryKey: keyOf(data.user, server),
    queryFn: async ({ signal }): Promise<Access> => {
      const [shares, links] = await Promise.all([
        listShares(api, data.user, server, signal),
        listLinks(api, data.user, server, signal),
      ]);
      return { shares, links };
    },
    retry: false,
  });
}

/** Gives access, to somebody by name or to whoever has the new link, which it answers with. */
export function useGive(server: string) {
  const { api, data } = useApp();
  const client = useQueryClient();
  return useMutation({
    mutationFn: async (to: Recipient | { seconds: number }): Promise<ShareLink | null> => {
      if ("seconds" in to) return makeLink(api, data.user, server, to.seconds);
      await giveShare(api, data.user, server, to);
      return null;
    },
    onSuccess: () => client.invalidateQueries({ queryKey: keyOf(data.user, server) }),
  });
}

/** Takes access back, from somebody or of a link. */
export function useTake(server: string) {
  const { api, data } = useApp();
  const client = useQueryClient();
  return useMutation({
    mutationFn: (from: Recipient | { id: string }) =>
      "id" in from ? takeLink(api, data.user, server, from.id) : takeShare(api, data.user, server, from),
    onSettled: () => client.invalidateQueries({ queryKey: keyOf(data.user, server) }),
  });
}
