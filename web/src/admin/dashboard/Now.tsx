import { useQuery } from "@tanstack/react-query";
import { usageNow } from "../../api/usage";
import { needsPerson } from "../../api/useServers";
import { Problem } from "../../components/Problem";
import { useApp } from "../../context";
import { mayAny } from "../../scopes";
import { dashboardText } from "../../text/dashboard";
import { useLanguage, useText } from "../../text/text";
import { timeOfDay } from "../../time";
import classes from "./dashboard.module.css";
import { NamedBars } from "./NamedBars";

const everyTenSeconds = 10_000;

/** The numbers that answer whether all is right now, read again while somebody looks. */
export function Now() {
  const { api, data } = useApp();
  const text = useText(dashboardText);
  const {
    data: now,
    error,
    dataUpdatedAt,
    refetch,
  } = useQuery({
    queryKey: ["usage", "now"],
    queryFn: ({ signal }) => usageNow(api, signal),
    refetchInterval: everyTenSeconds,
    retry: false,
  });
  const language = useLanguage();
  const failed = error && <Problem what={text.nowFailed} error={error} onRetry={() => void refetch()} />;
  if (failed && (!now || needsPerson(error))) return failed;
  const users = (search: string) =>
    mayAny(data.scopes, ["list:users"]) ? `${data.hub}admin/users?q=${encodeURIComponent(search)}` : undefined;
  return (
    <>
      <dl className={classes.now} aria-label={text.now} aria-busy={!now}>
        <Figure name={text.running} value={now?.servers.running} at={users("server:running")} />
        <Figure name={text.waiting} value={now?.servers.waiting} at={users("server:pending")} />
        <Figure
          name={text.failedNow}
          value={now?.servers.failed}
          at={users("server:failed")}
          tone={now && now.servers.failed > 0 ? "bad" : undefined}
        />
        {mayAny(data.scopes, ["read:users:activity"]) && (
          <Figure
            name={text.activeToday}
            value={now?.people.active_24h}
            at={users("active:<1d")}
            more={now && text.activeWeek(now.people.active_7d)}
          />
        )}
      </dl>
      {now && now.profiles.length > 0 && (
        <section className={`card ${classes.card} ${classes.profiles}`} aria-labelledby="running-profiles">
          <h2 id="running-profiles">{text.byProfile}</h2>
          <NamedBars
            label={text.byProfile}
            columns={[text.profile, text.servers]}
            rows={now.profiles.map(({ profile, running }) => ({
              key: profile,
              name: profile,
              value: running,
              said: text.count(running),
            }))}
          />
        </section>
      )}
      <p role="status" className="muted small">
        {error && text.asOf(timeOfDay(new Date(dataUpdatedAt), language))}
      </p>
    </>
  );
}

interface FigureProps {
  name: string;
  value: number | undefined;
  /** Where those are that it counts. */
  at: string | undefined;
  tone?: "bad" | undefined;
  more?: string | undefined;
}

function Figure({ name, value, at, tone, more }: FigureProps) {
  const text = useText(dashboardText);
  const said = value === undefined ? "…" : text.count(value);
  return (
    <div className="card">
      <dt>{name}</dt>
      <dd className={classes.figure} data-tone={tone}>
        {at ? (
          <a href={at} aria-label={`${name}: ${said}`}>
            {said}
          </a>
        ) : (
          said
        )}
      </dd>
      {more && <dd className="muted small">{more}</dd>}
    </div>
  );
}
