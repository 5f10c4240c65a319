import { useLanguage } from "../../text/text";
import { utcDay } from "../../time";
import classes from "./chart.module.css";

/** How a part of a column looks. */
type Tone = "plain" | "good" | "bad" | "quiet";

interface Series {
  name: string;
  tone: Tone;
}

interface Column {
  day: string;
  /** A number for each series. */
  values: number[];
}

interface DayChartProps {
  /** What it shows, in a sentence for those who don't see it. */
  label: string;
  series: Series[];
  columns: Column[];
  /** How numbers are said. */
  say: (n: number) => string;
}

const width = 10;
const gap = 2;
const height = 100;

/** A column for each day, its parts one above the other. All that it says stands in a table as well, which whoever uses it shows. */
export function DayChart({ label, series, columns, say }: DayChartProps) {
  const language = useLanguage();
  const most = Math.max(...columns.map((c) => sum(c.values)), 0);
  const first = columns[0];
  const last = columns.at(-1);
  return (
    <figure className={classes.chart}>
      <figcaption className={classes.scale}>
        <span>{say(most)}</span>
        {series.length > 1 && (
          <ul className={classes.legend}>
            {series.map((s) => (
              <li key={s.name}>
                <svg aria-hidden="true" viewBox="0 0 10 10" className={classes.swatch}>
                  <rect width="10" height="10" data-tone={s.tone} />
                </svg>
                {s.name}
              </li>
            ))}
          </ul>
        )}
      </figcaption>
      <svg
        role="img"
        aria-label={label}
        className={classes.columns}
        viewBox={`0 0 ${Math.max(columns.length, 1) * width} ${height}`}
        preserveAspectRatio="none"
      >
        {columns.map((column, i) => (
          <g key={column.day}>
            <title>{titleOf(utcDay(language, column.day), column, series, say)}</title>
            <rect className={classes.behind} x={i * width} y={0} width={width} height={height} />
            {partsOf(column, most).map((part, n) => (
              <rect
                key={series[n]?.name}
                data-tone={series[n]?.tone}
                x={i * width + gap / 2}
                y={part.y}
                width={width - gap}
                height={part.height}
              />
            ))}
          </g>
        ))}
      </svg>
      <div className={classes.ends} aria-hidden="true">
        <span>{first && utcDay(language, first.day)}</span>
        <span>{last && last !== first && utcDay(language, last.day)}</span>
      </div>
    </figure>
  );
}

function titleOf(day: string, column: Column, series: Series[], say: (n: number) => string): string {
  const parts = series.map((s, i) => {
    const value = say(column.values[i] ?? 0);
    return series.length > 1 ? `${s.name} ${value}` : value;
  });
  return `${day}: ${parts.join(", ")}`;
}

/** Where the parts of a column are, the first at the bottom. */
function partsOf(column: Column, most: number): { y: number; height: number }[] {
  let top = height;
  return column.values.map((value) => {
    const part = most > 0 ? (value / most) * height : 0;
    top -= part;
    return { y: top, height: part };
  });
}

function sum(values: number[]): number {
  return values.reduce((all, n) => all + n, 0);
}
