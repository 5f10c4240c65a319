import { ordinal } from "../../words";

// A person's own page: their servers.

/** A server as it is called: its name, and "" for the default one, which has none. */
const called = (name: string) => name || "Default server";
const mentioned = (name: string) => (name ? `server ${name}` : "default server");

export const home = {
  title: "My servers",
  others: "Other servers",
  called,
  column: { server: "Server", state: "State", started: "Started", active: "Last active", actions: "Actions" },
  never: "never",
  unused: "Never active",
  notStarted: "–",
  empty: "Here are your notebook servers. You have none on this hub; an administrator can give you one.",
  lost: "Your servers can't be shown.",
  old: "This list is not up to date.",
  state: {
    stopped: "Stopped",
    waiting: (place: number, what?: string) =>
      `${what ? `Waiting for ${what}` : "Waiting in queue"}: ${ordinal(place)}`,
    starting: "Starting",
    ready: "Running",
    stopping: "Stopping",
    failed: "Failed",
  },
  progress: (name: string) => `How far the start of ${called(name)} is`,
  /** Why a server was stopped that nobody asked to stop, by the reason that the hub gives. */
  ended: {
    idle: "Stopped because nobody had used it for a while.",
    max_age: "Stopped because it had run for as long as a server may.",
    time_limit: "Stopped because its time was over.",
    quota: "Stopped because the quota was used up.",
    suspended: "Stopped because the account was suspended.",
    hub_ends: "Stopped because the hub was shut down.",
  } as Record<string, string>,
  details: "Details",
  detailsOf: (name: string) => ` of ${called(name)}`,
  hidden: (name: string) =>
    `Its own pages below ${name}/ are hidden by the server ${name}. Delete that one to reach them again.`,
  open: "Open",
  start: "Start",
  startAndOpen: "Start and open",
  retry: "Try again",
  stop: "Stop",
  cancelStart: "Cancel",
  remove: "Delete",
  /** What a button does, and to which server, for those who hear it by itself. */
  act: (verb: string, name: string) => `${verb} ${called(name)}`,
  cancelOf: (name: string) => `Cancel the start of ${called(name)}`,
  stopTitle: (name: string) => `Stop the ${mentioned(name)}?`,
  stopKeep: "Keep it running",
  stopText: "Notebooks and terminals in it end, and lose what is not saved. Saved files stay.",
  removeTitle: (name: string) => `Delete the ${mentioned(name)}?`,
  removeKeep: "Keep it",
  removeText: "Its name and its options go. The files in your home folder stay.",
  notStopped: (name: string) => `The ${mentioned(name)} could not be stopped.`,
  notRemoved: (name: string) => `The ${mentioned(name)} could not be deleted.`,
  news: {
    ready: (name: string) => `The ${mentioned(name)} is ready.`,
    failed: (name: string, why: string) => `The ${mentioned(name)} could not start. ${why}`,
    stopped: (name: string) => `The ${mentioned(name)} is stopped.`,
    dismiss: "Dismiss",
  },
  add: {
    title: "Add a server",
    text: "For work that should not share kernels and memory with the default server.",
    used: (used: number, limit: number) =>
      limit < 0 ? (used === 1 ? "You have 1." : `You have ${used}.`) : `You have ${used} of ${limit}.`,
    full: "To add another, delete one that is stopped.",
    name: "Name",
    hint: "1 to 30 lower-case letters, digits and single hyphens",
    button: "Add and start",
    none: "Give the server a name.",
    long: (most: number) => `Use at most ${most} characters.`,
    begin: "Begin with a lower-case letter.",
    characters: "Use lower-case letters, digits and single hyphens between them.",
    taken: "You have a server of this name already.",
    reserved: (name: string) =>
      `The default server's own pages below ${name}/ would be hidden. Choose another name, such as ${name}-2.`,
  },
  services: "Services",
};

export type Home = typeof home;
