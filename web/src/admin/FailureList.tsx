import { useText } from "../text/text";
import classes from "./admin.module.css";

interface FailureListProps {
  failures: { username: string; message?: string }[];
  /** How many are listed. */
  most: number;
  /** What is said of one of whom the hub says nothing: that somebody is not there is a status, without a message. */
  unsaid?: string | undefined;
}

/** Those of many with whom something was not done, and why. */
export function FailureList({ failures, most, unsaid }: FailureListProps) {
  const { andMore } = useText();
  return (
    <ul className={classes.failures}>
      {failures.slice(0, most).map(({ username, message }, n) => (
        <li key={String(n)}>
          <strong>{username}</strong> {message ?? unsaid}
        </li>
      ))}
      {failures.length > most && <li>{andMore(failures.length - most)}</li>}
    </ul>
  );
}
