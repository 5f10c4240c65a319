import { useAddress } from "../../address";
import { daysAgo } from "../../components/chart/days";
import { dashboardText } from "../../text/dashboard";
import { useText } from "../../text/text";
import form from "../form.module.css";
import classes from "./dashboard.module.css";
import { Hours } from "./Hours";
import { Now } from "./Now";
import { periods, readView, usageQuery, type View, writeView } from "./query";
import { Starts } from "./Starts";

/** Whether all is right now, and how the hub was used. */
export default function DashboardPage() {
  const text = useText(dashboardText);
  const [address, go] = useAddress();
  const view = readView(address);
  const show = (part: Partial<View>) => go(writeView({ ...view, ...part }), "push");
  const query = usageQuery(view, daysAgo(view.days));
  return (
    <div className="wide">
      <h1>{text.title}</h1>
      <Now />
      <div className={classes.chosen}>
        <label>
          {text.period}{" "}
          <select
            className={form.control}
            value={view.days}
            onChange={(e) => show({ days: readView(new URLSearchParams({ days: e.currentTarget.value })).days })}
          >
            {periods.map((days) => (
              <option key={days} value={days}>
                {text.lastDays(days)}
              </option>
            ))}
          </select>
        </label>
        {view.group && (
          <span>
            {text.ofGroup(view.group)}{" "}
            <button type="button" className="btn" onClick={() => show({ group: "" })}>
              {text.everybody}
            </button>
          </span>
        )}
        <span className="muted small">{text.utc}</span>
      </div>
      <div className={classes.cards}>
        <Starts query={query} />
        <Hours query={query} onGroup={(group) => show({ group })} />
      </div>
    </div>
  );
}
