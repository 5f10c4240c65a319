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
};

export type Idle = typeof idle;
