// When a running server will be stopped by itself, and why.

export const idle = {
  idle: {
    clock: (time: string) => `at ${time}`,
    day: (day: string) => `on ${day}`,
    unused: (at: string) => `Stops ${at} if it is not used until then.`,
    aged: (at: string) => `Stops ${at}: it may run no longer.`,
    spared: (at: string) => `Not stopped before ${at}, when hours end in which no server is.`,
    soon: "Stops soon if it is not used.",
    since: "Last used",
    kernels: (at: string, busy: number, total: number) =>
      `When it was asked ${at}, ${busy} of its ${total} ${total === 1 ? "kernel was" : "kernels were"} computing.`,
    connections: (count: number) =>
      count === 1
        ? "1 page was connected, which does not keep it."
        : `${count} pages were connected, which does not keep it.`,
  },
  ends: {
    clock: (time: string) => `at ${time}`,
    day: (day: string) => `on ${day}`,
    ends: (at: string) => `Its time is over ${at}; it stops then.`,
    near: (at: string, minutes: number) =>
      minutes === 0
        ? "Its time is over; it is being stopped."
        : `Its time is over ${at}, in ${minutes === 1 ? "a minute" : `${minutes} minutes`}; it stops then. Save your work.`,
    soon: (minutes: number) => `A server stops within ${minutes} minutes: its time is over then.`,
    more: (minutes: number) => `${minutes} more minutes`,
    moreOf: (minutes: number, name: string) => `${minutes} more minutes for ${name || "the default server"}`,
    used: "It cannot be extended any more. Ask whoever runs this hub.",
    failed: "The time could not be extended.",
  },
};

export type Idle = typeof idle;
