import classes from "./chart.module.css";

/** A number beside the most that there is of it, for a cell of a table that says the number too. */
export function Bar({ value, most }: { value: number; most: number }) {
  const share = most > 0 ? (value / most) * 100 : 0;
  return (
    <svg aria-hidden="true" className={classes.bar} viewBox="0 0 100 10" preserveAspectRatio="none">
      <rect width={share} height="10" />
    </svg>
  );
}
