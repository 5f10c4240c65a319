import { useQuery } from "@tanstack/react-query";
import { usageOf } from "../../api/usage";
import { DayChart } from "../../components/chart/DayChart";
import { amount, daysAgo, daysBetween } from "../../components/chart/days";
import { useApp } from "../../context";
import { useLanguage, useText } from "../../text/text";
import { usageText } from "../../text/usage";
import { utcDay } from "../../time";
import classes from "./usage.module.css";

const shown = 14;
const tenMinutes = 10 * 60 * 1000;

/** For how long the person's own servers ran lately. It is quiet: where nothing ran, or it can't be told, there is nothing. */
export function Usage() {
  const { api, data } = useApp();
  const text = useText(usageText);
  const language = useLanguage();
  const query = `from=${daysAgo(shown)}`;
  const { data: used } = useQuery({
    queryKey: ["usage", "own", data.user, query],
    queryFn: ({ signal }) => usageOf(api, data.user, query, signal),
    staleTime: tenMinutes,
    retry: false,
  });
  if (!used || used.items.length === 0) return null;
  const byDay = new Map(used.items.map((item) => [item.day, item.seconds / 3600]));
  const all = used.items.reduce((sum, item) => sum + item.seconds / 3600, 0);
  const say = (hours: number) =>
    hours < 1 ? text.minutes(Math.ceil(hours * 60)) : text.hours(amount(language, hours));
  return (
    <section className={classes.usage} aria-labelledby="usage">
      <h2 id="usage">{text.title}</h2>
      <p className="muted">{text.lately(say(all), shown)}</p>
      <details>
        <summary>{text.byDay}</summary>
        <DayChart
          label={text.lately(say(all), shown)}
          series={[{ name: text.title, tone: "plain" }]}
          columns={daysBetween(used.from, used.to).map((day) => ({ day, values: [byDay.get(day) ?? 0] }))}
          say={say}
        />
        <table aria-label={text.title} className={classes.days}>
          <thead>
            <tr>
              <th scope="col">{text.day}</th>
              <th scope="col">{text.ran}</th>
            </tr>
          </thead>
          <tbody>
            {used.items.toReversed().map((item) => (
              <tr key={item.day}>
                <th scope="row">{utcDay(language, item.day)}</th>
                <td>{say(item.seconds / 3600)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </details>
    </section>
  );
}
