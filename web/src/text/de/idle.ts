import type { Idle } from "../en/idle";

export const idle: Idle = {
  idle: {
    clock: (time) => `um ${time}`,
    day: (day) => `am ${day}`,
    unused: (at) => `Wird ${at} angehalten, wenn er bis dahin nicht benutzt wird.`,
    aged: (at) => `Wird ${at} angehalten: Länger darf er nicht laufen.`,
    spared: (at) => `Wird nicht vor ${at} angehalten; dann enden Stunden, in denen kein Server angehalten wird.`,
    soon: "Wird bald angehalten, wenn er nicht benutzt wird.",
    since: "Zuletzt benutzt",
    kernels: (at, busy, total) =>
      `Als er ${at} gefragt wurde, ${busy === 1 ? "rechnete" : "rechneten"} ${busy} von ${total} ${total === 1 ? "Kernel" : "Kernels"}.`,
    connections: (count) =>
      count === 1
        ? "1 Seite war verbunden, was ihn nicht am Leben hält."
        : `${count} Seiten waren verbunden, was ihn nicht am Leben hält.`,
  },
};
