import { count, people, servers } from "./numbers";

// Work on many people at once: the bar of who is selected, the question, and how far it is.

const ends = "Notebooks and terminals in them end, and lose what is not saved. Saved files stay.";

export const batch = {
  selection: {
    label: "What is selected",
    count: (n: number) => `${count(n)} selected`,
    matched: (n: number, search: string) =>
      search ? `${count(n)} selected that matched “${search}”` : `${count(n)} selected before the search changed`,
    all: (n: number) => `Select all ${count(n)} that match`,
    unsaid: "Too many for the page's address: a link to it, or loading it again, selects nobody.",
    clear: "Clear the selection",
    more: "More",
  },
  act: {
    start: {
      button: "Start All Selected",
      question: (n: number) => `Start the servers of ${people(n)}?`,
      warning: "Those that run go on running. The others wait for their turn and start one after the other.",
      go: (n: number) => `Start ${servers(n)}`,
      doing: "Starting servers",
    },
    stop: {
      button: "Stop All Selected",
      question: (n: number) => `Stop the servers of ${people(n)}?`,
      warning: ends,
      go: (n: number) => `Stop ${servers(n)}`,
      doing: "Stopping servers",
    },
    quota: {
      button: "Set Quota",
      question: (n: number) => `Change the quota of ${people(n)}?`,
      warning: "Servers that run are charged for what they have used so far, and go on.",
      go: (n: number) => `Change ${n === 1 ? "1 quota" : `${count(n)} quotas`}`,
      doing: "Changing quotas",
    },
    passwords: {
      button: "Set Passwords",
      question: (n: number) => `Give ${people(n)} a new password each?`,
      warning: "This browser makes a random one for each, and shows them once they are set. Their sessions end.",
      go: (n: number) => `Set ${n === 1 ? "1 password" : `${count(n)} passwords`}`,
      doing: "Setting passwords",
    },
    force: {
      button: "Force password change",
      question: (n: number) => `Have ${people(n)} change their passwords?`,
      warning:
        "Their sessions end, and they choose a new password at the next login. Who has none is left as they are.",
      go: (n: number) => `Force ${people(n)} to change`,
      doing: "Asking for new passwords",
    },
    join: {
      button: "Add to a group",
      question: (n: number) => `Add ${people(n)} to a group?`,
      warning: "They get what the group gives. The group must exist.",
      go: (n: number) => `Add ${people(n)}`,
      doing: "Adding to a group",
    },
    leave: {
      button: "Remove from a group",
      question: (n: number) => `Remove ${people(n)} from a group?`,
      warning: "They lose what the group gives. The people stay.",
      go: (n: number) => `Remove ${people(n)}`,
      doing: "Removing from a group",
    },
    restore: {
      button: "Let in again",
      question: (n: number) => `Let ${people(n)} in again?`,
      warning: "Those who are suspended can log in again. Tokens that they had do not come back.",
      go: (n: number) => `Let ${people(n)} in`,
      doing: "Letting people in again",
    },
    suspend: {
      button: "Suspend",
      question: (n: number) => `Suspend ${people(n)}?`,
      warning:
        "They cannot get in by any way until they are let in again. Their sessions, tokens and servers end; files stay.",
      go: (n: number) => `Suspend ${people(n)}`,
      doing: "Suspending people",
    },
    delete: {
      button: "Delete",
      question: (n: number) => `Delete ${people(n)}?`,
      warning:
        "Their passwords, sessions, tokens and servers go with them, for good. Their home folders stay on the disk. Whose server runs goes once it has stopped.",
      go: (n: number) => `Delete ${people(n)}`,
      doing: "Deleting people",
    },
  },
  group: "Group",
  quota: {
    what: "What each of them gets",
    action: { set: "So much: set to the amount", add: "So much more: add the amount", set_unlimited: "Unlimited" },
    amount: "Credits",
    hint: {
      set: (most: number) => `A whole number from 0 to ${count(most)}.`,
      add: (most: number) => `A whole number up to ${count(most)}; with a minus it is taken away.`,
    },
  },
  check: "See whom it changes",
  keep: "Leave them as they are",
  mustChange: "Force password change on next login",
  type: (n: number) => `Type ${count(n)} to delete them`,
  tooMany: (most: number) =>
    `Passwords can be made for ${count(most)} people at a time. Narrow the search, or use “Force password change”.`,
  notForeseen: "What this would do can't be told.",
  failed: "This could not be begun.",
  outlook: {
    loading: "Looking whom this changes…",
    will: (n: number, same: number) =>
      `This changes ${count(n)}${same > 0 ? `; ${count(same)} are so already, and stay as they are` : ""}.`,
    failures: (n: number) => `${people(n)} will be left out:`,
    remarks: (n: number) => `Look at ${people(n)} first:`,
    gone: "is not there any more.",
  },
  progress: (done: number, total: number) => `${count(done)} of ${count(total)} done`,
  closed: "It goes on when this is closed.",
  finished: "Done",
  failures: (n: number) => `${people(n)} could not be done:`,
  retry: "Try those again",
  lost: "How far it is can't be told just now. It goes on.",
  callOff: "Call it off",
  callingOff: "Calling it off…",
  notCalledOff: "It could not be called off.",
  jobs: {
    title: "Batches",
    none: "You have asked for no batch within the last day.",
    failed: "Your batches can't be shown.",
    running: "under way",
    done: "done",
    change: "Changing accounts",
    people: "Creating or changing people",
  },
};

export type Batch = typeof batch;
