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
  ends: {
    clock: (time) => `um ${time}`,
    day: (day) => `am ${day}`,
    ends: (at) => `Seine Zeit ist ${at} vorbei; dann wird er angehalten.`,
    near: (at, minutes) =>
      minutes === 0
        ? "Seine Zeit ist vorbei; er wird angehalten."
        : `Seine Zeit ist ${at} vorbei, in ${minutes === 1 ? "einer Minute" : `${minutes} Minuten`}; dann wird er angehalten. Sichern Sie Ihre Arbeit.`,
    soon: (minutes) => `Ein Server wird innerhalb von ${minutes} Minuten angehalten: Dann ist seine Zeit vorbei.`,
    more: (minutes) => `${minutes} Minuten mehr`,
    moreOf: (minutes, name) => `${minutes} Minuten mehr für ${name ? `den Server ${name}` : "den Standardserver"}`,
    used: "Sie kann nicht mehr verlängert werden. Fragen Sie, wer diesen Hub betreibt.",
    failed: "Die Zeit konnte nicht verlängert werden.",
  },
};
