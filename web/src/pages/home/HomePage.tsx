import { useState } from "react";
import { needsPerson, useServers } from "../../api/useServers";
import { Problem } from "../../components/Problem";
import { useApp } from "../../context";
import { AddServer } from "./AddServer";
import { ServerTable } from "./ServerTable";
import { ServiceList } from "./ServiceList";
import { inOrder } from "./state";
import type { Trouble } from "./trouble";
import { useNews } from "./useNews";

/** The person's own servers. */
export default function HomePage() {
  const { data } = useApp();
  const [trouble, setTrouble] = useState<Trouble | null>(null);
  const { data: user, error, refetch } = useServers();
  const servers = user && inOrder(user.servers);
  useNews(servers);

  const lost = !servers || needsPerson(error);
  const refresh = () => void refetch();
  return (
    <div className="wide">
      <h1>My servers</h1>
      {data.notice && (
        <div className="note bad" role="status">
          <p>{data.notice}</p>
        </div>
      )}
      {error && (
        <Problem
          what={lost ? "Your servers can't be shown." : "This list is not up to date."}
          error={error}
          onRetry={refresh}
        />
      )}
      {trouble && !error && <Problem what={trouble.what} error={trouble.error} />}
      {(servers || !error) && <ServerTable servers={servers} onTrouble={setTrouble} onEnd={refresh} />}
      {servers && data.namedLimit !== 0 && <AddServer taken={servers.map((s) => s.name)} limit={data.namedLimit} />}
      <ServiceList services={data.services} />
    </div>
  );
}
