import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { type UsageTable, usage } from "../../api/usage";
import { DayChart } from "../../components/chart/DayChart";
import { amount, daysBetween } from "../../components/chart/days";
import { useApp } from "../../context";
import { dashboardText } from "../../text/dashboard";
import { useLanguage, useText } from "../../text/text";
import { utcDay } from "../../time";
import { Card, Waiting } from "./Card";
import classes from "./dashboard.module.css";
import { NamedBars } from "./NamedBars";
import { Table } from "./Table";

/** For how long servers ran: by day, by group, and by person. */
export function Hours({ query, onGroup }: { query: string; onGroup: (group: string) => void }) {
  return (
    <>
      <HoursByDay query={query} />
      <HoursByGroup query={query} onGroup={onGroup} />
      <TopUsers query={query} />
    </>
  );
}

/** One of the hub's tables. */
function useUsage<T extends UsageTable>(table: T, query: string) {
  const { api } = useApp();
  return useQuery({
    queryKey: ["usage", table, query],
    queryFn: ({ signal }) => usage(api, table, query, signal),
    placeholderData: keepPreviousData,
    retry: false,
  });
}

const hours = (seconds: number) => seconds / 3600;

function HoursByDay({ query }: { query: string }) {
  const text = useText(dashboardText);
  const language = useLanguage();
  const { data, error, refetch } = useUsage("days", query);
  if (!data) return <Waiting error={error} onRetry={() => void refetch()} />;
  const byDay = new Map(data.items.map((item) => [item.day, item.seconds]));
  const all = data.items.reduce((sum, item) => sum + item.seconds, 0);
  const say = (n: number) => text.hours(amount(language, n));
  return (
    <Card
      title={text.hoursByDay}
      file={{ table: "days", query, name: "usage-days" }}
      empty={data.items.length === 0}
      chart={
        <DayChart
          label={text.hoursLabel(say(hours(all)))}
          series={[{ name: text.hoursByDay, tone: "good" }]}
          columns={daysBetween(data.from, data.to).map((day) => ({ day, values: [hours(byDay.get(day) ?? 0)] }))}
          say={say}
        />
      }
      table={
        <Table label={text.hoursByDay} columns={[text.day, text.hoursName, text.peopleName]}>
          {data.items.toReversed().map((item) => (
            <tr key={item.day}>
              <th scope="row">{utcDay(language, item.day)}</th>
              <td>{amount(language, hours(item.seconds))}</td>
              <td>{text.count(item.people)}</td>
            </tr>
          ))}
        </Table>
      }
    />
  );
}

function HoursByGroup({ query, onGroup }: { query: string; onGroup: (group: string) => void }) {
  const text = useText(dashboardText);
  const language = useLanguage();
  const { data, error, refetch } = useUsage("groups", query);
  if (!data) return <Waiting error={error} onRetry={() => void refetch()} />;
  return (
    <Card
      title={text.hoursByGroup}
      about={text.groupsAbout}
      file={{ table: "groups", query, name: "usage-groups" }}
      empty={data.items.length === 0}
      table={
        <NamedBars
          label={text.hoursByGroup}
          columns={[text.group, text.hoursName]}
          rows={data.items.map((item) => ({
            key: item.name,
            name: (
              <button
                type="button"
                className={classes.link}
                title={text.only(item.name)}
                onClick={() => onGroup(item.name)}
              >
                {item.name}
              </button>
            ),
            value: item.seconds,
            said: amount(language, hours(item.seconds)),
          }))}
        />
      }
    />
  );
}

function TopUsers({ query }: { query: string }) {
  const text = useText(dashboardText);
  const language = useLanguage();
  const { data, error, refetch } = useUsage("users", query);
  if (!data) return <Waiting error={error} onRetry={() => void refetch()} />;
  return (
    <Card
      title={text.topUsers}
      file={{ table: "users", query, name: "usage-users" }}
      empty={data.items.length === 0}
      table={
        <NamedBars
          label={text.topUsers}
          columns={[text.user, text.hoursName]}
          rows={data.items.map((item) => ({
            key: item.name,
            name: item.name,
            value: item.seconds,
            said: amount(language, hours(item.seconds)),
          }))}
        />
      }
    />
  );
}
