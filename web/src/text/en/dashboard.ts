import { inSeconds, roundTime } from "../../time";
import { count } from "./numbers";

// The panel's dashboard.

export const dashboard = {
  title: "Dashboard",
  now: "Right now",
  running: "Servers running",
  waiting: "Starting or waiting",
  failedNow: "Failed",
  byProfile: "Running now, by profile",
  profile: "Profile",
  servers: "Servers running",
  activeToday: "People active within 24 hours",
  activeWeek: (n: number) => `${count(n)} within 7 days`,
  asOf: (time: string) => `As of ${time}: the hub did not answer since, and is being asked again.`,
  nowFailed: "What runs now can't be shown.",
  period: "Show",
  lastDays: (days: number) => `the last ${days} days`,
  ofGroup: (group: string) => `Members of ${group}.`,
  everybody: "Show everybody",
  utc: "Days are those of UTC.",
  failed: "This can't be shown.",
  csvFailed: "The file could not be made.",
  nothing: "Nothing in these days.",
  asTable: "Table",
  day: "Day",
  hoursByDay: "Hours by day",
  hoursByGroup: "Hours by group",
  topUsers: "Top users",
  group: "Group",
  user: "Username",
  hoursName: "Hours",
  peopleName: "People",
  groupsAbout: "Of the members that groups have now. Who is in several counts in each.",
  only: (group: string) => `Show only ${group}`,
  hours: (n: string) => `${n} h`,
  hoursLabel: (hours: string) => `Servers ran ${hours} in all. The table has each day.`,
  startsByDay: "Starts by day",
  startsLabel: (asked: number, failed: number) =>
    `${asked === 1 ? "1 start" : `${count(asked)} starts`}, ${count(failed)} failed. The table has each day.`,
  starts: "Starts",
  ready: "Ready",
  failedStarts: "Failed",
  cancelled: "Stopped before ready",
  meanWait: "Mean wait by day",
  waitLabel: (longest: string) => `How long a start took. The longest took ${longest}. The table has each day.`,
  mean: "Mean wait",
  queued: "In the queue",
  starting: "Starting",
  longest: "Longest wait",
  seconds: inSeconds,
  waits: "How long people waited",
  waitsAbout: "From the click until the server was ready.",
  wait: "Wait",
  within: (over: number | null, upTo: number | null) => {
    if (upTo === null) return `over ${roundTime(over ?? 0)}`;
    return over === null ? `up to ${roundTime(upTo)}` : `${roundTime(over)} to ${roundTime(upTo)}`;
  },
  causes: "What went wrong",
  cause: "Cause",
  times: "Times",
  causeNames: {
    timeout: "Did not answer in time",
    exited: "Ended before it answered",
    refused: "Could not be had: no home, no room",
    error: "Error of the hub or its machine",
    died: "Ended by itself after it was ready",
    lost: "Lost with its machine",
  },
};

/** What each language has. */
export type Dashboard = typeof dashboard;
