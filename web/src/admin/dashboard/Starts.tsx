import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { type StartDay, usage } from "../../api/usage";
import { DayChart } from "../../components/chart/DayChart";
import { amount, daysBetween } from "../../components/chart/days";
import { useApp } from "../../context";
import { dashboardText } from "../../text/dashboard";
import { useLanguage, useText } from "../../text/text";
import { utcDay } from "../../time";
import { Card, Waiting } from "./Card";
import { NamedBars } from "./NamedBars";
import { Table } from "./Table";

/** How starts went: by day, how long people waited, and what went wrong. */
export function Starts({ query }: { query: string }) {
  const { api } = useApp();
  const text = useText(dashboardText);
  const { data, error, refetch } = useQuery({
    queryKey: ["usage", "starts", query],
    queryFn: ({ signal }) => usage(api, "starts", query, signal),
    placeholderData: keepPreviousData,
    retry: false,
  });
  if (!data) return <Waiting error={error} onRetry={() => void refetch()} />;
  const file = (table: string) => ({
    table: "starts" as const,
    query: `${query}&table=${table}`,
    name: `starts-${table}`,
  });
  const waits = data.waits.filter((wait) => wait.count > 0);
  return (
    <>
      <StartDays data={data} file={file("days")} />
      <Card
        title={text.waits}
        about={text.waitsAbout}
        file={file("waits")}
        empty={waits.length === 0}
        table={
          <NamedBars
            label={text.waits}
            columns={[text.wait, text.starts]}
            rows={data.waits.map((wait, i) => ({
              key: String(wait.up_to_seconds),
              name: text.within(data.waits[i - 1]?.up_to_seconds ?? null, wait.up_to_seconds),
              value: wait.count,
              said: text.count(wait.count),
            }))}
          />
        }
      />
      <Card
        title={text.causes}
        file={file("causes")}
        empty={data.causes.length === 0}
        table={
          <NamedBars
            label={text.causes}
            columns={[text.cause, text.times]}
            rows={data.causes.map(({ cause, count }) => ({
              key: cause,
              name: text.causeNames[cause],
              value: count,
              said: text.count(count),
            }))}
          />
        }
      />
    </>
  );
}

interface StartDaysProps {
  data: { from: string; to: string; days: StartDay[] };
  file: { table: "starts"; query: string; name: string };
}

/** The starts of each day, and how long they took, from the same table. */
function StartDays({ data, file }: StartDaysProps) {
  const text = useText(dashboardText);
  const language = useLanguage();
  const byDay = new Map(data.days.map((day) => [day.day, day]));
  const columns = (values: (day: StartDay | undefined) => number[]) =>
    daysBetween(data.from, data.to).map((day) => ({ day, values: values(byDay.get(day)) }));
  const seconds = (n: number) => text.seconds(amount(language, n));
  const asked = data.days.reduce((n, day) => n + day.ready + day.failed + day.cancelled, 0);
  const failed = data.days.reduce((n, day) => n + day.failed, 0);
  const longest = Math.max(...data.days.map((day) => day.longest_seconds), 0);
  const table = (
    <Table
      label={text.startsByDay}
      columns={[text.day, text.ready, text.failedStarts, text.cancelled, text.mean, text.queued, text.longest]}
    >
      {data.days.toReversed().map((day) => (
        <tr key={day.day}>
          <th scope="row">{utcDay(language, day.day)}</th>
          <td>{text.count(day.ready)}</td>
          <td>{text.count(day.failed)}</td>
          <td>{text.count(day.cancelled)}</td>
          <td>{seconds(day.mean_seconds)}</td>
          <td>{seconds(day.queued_seconds)}</td>
          <td>{seconds(day.longest_seconds)}</td>
        </tr>
      ))}
    </Table>
  );
  return (
    <>
      <Card
        title={text.startsByDay}
        file={file}
        empty={data.days.length === 0}
        table={table}
        chart={
          <DayChart
            label={text.startsLabel(asked, failed)}
            series={[
              { name: text.ready, tone: "plain" },
              { name: text.failedStarts, tone: "bad" },
              { name: text.cancelled, tone: "quiet" },
            ]}
            columns={columns((day) => [day?.ready ?? 0, day?.failed ?? 0, day?.cancelled ?? 0])}
            say={text.count}
          />
        }
      />
      <Card
        title={text.meanWait}
        file={file}
        empty={data.days.length === 0}
        table={table}
        chart={
          <DayChart
            label={text.waitLabel(seconds(longest))}
            series={[
              { name: text.queued, tone: "quiet" },
              { name: text.starting, tone: "plain" },
            ]}
            columns={columns((day) => [
              day?.queued_seconds ?? 0,
              Math.max((day?.mean_seconds ?? 0) - (day?.queued_seconds ?? 0), 0),
            ])}
            say={seconds}
          />
        }
      />
    </>
  );
}
