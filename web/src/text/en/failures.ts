// What is said of calls to the hub that failed, whatever they were about: what it is, and what to do.

export const failures = {
  unexpected: "Something unexpected happened. Load the page again.",
  session: "Your session ended. Log in again in a new tab, then go on here: what you typed stays.",
  stale: "This page is out of date. Load it again to go on.",
  network: "The hub did not answer. Check your connection, then try again.",
  forbidden: "You may not do this. If you should, ask an administrator of this hub.",
  gone: "It is not there any more. Load the page again to see what there is.",
  conflict: "Somebody else changed it at the same time. Load the page again to see how it is now.",
  large: "That is more than the hub takes at once. Send less.",
  often: (retry: string) => `That was too much in a short time. ${retry}`,
  away: (retry: string) => `The hub is not available right now. ${retry}`,
  full: "The hub's disk is full. Tell an administrator of this hub.",
  hub: "Something failed on the hub. Try again in a moment; if it stays like this, tell an administrator of this hub.",
  refused: "The hub could not do this as things are. Load the page again to see how they are now.",
  retryIn: (time: string) => `Try again in ${time}.`,
  retrySoon: "Try again in a moment.",
  logIn: "Log in",
  reload: "Load the page again",
  request: "Request",
};

export type Failures = typeof failures;
