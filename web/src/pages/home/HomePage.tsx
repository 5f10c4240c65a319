import { useState } from "react";
import { needsPerson, useServers } from "../../api/useServers";
import { Announcements } from "../../components/Announcements";
import { Problem } from "../../components/Problem";
import { useApp } from "../../context";
import { homeText } from "../../text/home";
import { useText } from "../../text/text";
import { AddServer } from "./AddServer";
import { DefaultServerToCome } from "./DefaultServer";
import { OwnQuota } from "./OwnQuota";
import { QuotaNotice } from "./QuotaNotice";
import { Servers } from "./Servers";
import { ServiceList } from "./ServiceList";
import { SharedWithMe } from "./sharing/SharedWithMe";
import { inOrder } from "./state";
import type { Trouble } from "./trouble";
import { Usage } from "./Usage";
import { useNews } from "./useNews";
import { Visitors } from "./Visitors";

/** The person's own servers: one obvious button, and all else quieter below it. */
export default function HomePage() {
  const { data } = useApp();
  const text = useText(homeText);
  const [trouble, setTrouble] = useState<Trouble | null>(null);
  const { data: user, error, refetch } = useServers();
  const servers = user && inOrder(user.servers);
  useNews(servers);

  const lost = !servers || needsPerson(error);
  const refresh = () => void refetch();
  return (
    <div className="wide">
      <h1>{text.title}</h1>
      <Announcements told={data.announcements} />
      {data.notice && (
        <div className="note bad" role="status">
          <p>{data.notice}</p>
        </div>
      )}
      {error && <Problem what={lost ? text.lost : text.old} error={error} onRetry={refresh} />}
      {trouble && !error && <Problem what={trouble.what} error={trouble.error} />}
      {servers && <QuotaNotice servers={servers} />}
      {servers && <Visitors servers={servers} />}
      {servers && <Servers servers={servers} onTrouble={setTrouble} onEnd={refresh} />}
      {!servers && !error && <DefaultServerToCome />}
      {servers && data.namedLimit !== 0 && <AddServer taken={servers.map((s) => s.name)} limit={data.namedLimit} />}
      <OwnQuota />
      <SharedWithMe />
      <ServiceList services={data.services} />
      <Usage />
    </div>
  );
}
