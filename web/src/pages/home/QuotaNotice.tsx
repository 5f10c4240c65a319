import { useQuery } from "@tanstack/react-query";
import type { Notices } from "../../api/schema.gen";
import { type Server, serverPath } from "../../api/servers";
import { useApp } from "../../context";

const minute = 60_000;

/** Says that the person's credits are about to be used up, where a server of theirs uses them. */
export function QuotaNotice({ servers }: { servers: Server[] }) {
  const { data } = useApp();
  const running = servers.find((server) => server.ready);
  return data.quota && running ? <Told server={running.name} /> : null;
}

function Told({ server }: { server: string }) {
  const { api, data } = useApp();
  const { data: said } = useQuery({
    queryKey: ["user", data.user, "notices", server],
    queryFn: ({ signal }) => api.call<Notices>("GET", `${serverPath(data.user, server)}/notices`, { signal }),
    refetchInterval: minute,
    retry: false,
  });
  const notice = said?.notices.find(({ kind }) => kind === "quota");
  return (
    <div role="status" className={notice ? "note wait" : "hidden"}>
      {notice && <p>{notice.message}</p>}
    </div>
  );
}
