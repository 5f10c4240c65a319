import type { QuotaRules } from "../en/quotarules";
import { count, exactly, people } from "./numbers";

export const quotarules: QuotaRules = {
  title: "Regeln für Kontingente",
  about:
    "Zu diesen Zeiten bekommen Personen von selbst Credits. Die Regeln stehen in der Konfiguration des Hubs, unter quota.refresh.",
  empty:
    "Hier sind die Regeln, nach denen Personen zu Zeiten Credits bekommen. Es gibt keine: Sie werden in der Konfiguration des Hubs gemacht, unter quota.refresh.",
  exactly,
  failed: "Die Regeln lassen sich nicht zeigen.",
  column: {
    name: "Regel",
    does: "Was sie tut",
    whom: "Für wen",
    when: "Wann",
    next: "Nächstes Mal",
    last: "Letztes Mal",
  },
  adds: (n) => (n < 0 ? `zieht ${count(-n)} ab` : `gibt ${count(n)} dazu`),
  sets: (n) => `setzt auf ${count(n)}`,
  most: (n) => `bis ${count(n)}`,
  least: (n) => `nicht unter ${count(n)}`,
  whom: {
    everybody: "alle",
    groups: (names) => `Mitglieder von ${names}`,
    users: (names) => `nur ${names}`,
    except: (names) => `nicht ${names}`,
    pattern: (pattern) => `deren Namen mit ${pattern} beginnen`,
    below: (n) => `wer weniger als ${count(n)} hat`,
    above: (n) => `wer mehr als ${count(n)} hat`,
    unlimited: "auch wer unbegrenzt ist",
  },
  never: "nie wieder",
  notYet: "noch nicht",
  did: (n) => `${people(n)} geändert`,
  look: "Was täte sie?",
  lookFor: (name) => `Was täte sie? ${name}`,
  lookAt: (name) => `Was täte ${name} jetzt?`,
  would: (n, change, same) =>
    `Sie änderte ${people(n)}, zusammen um ${exactly(change)} Credits.${same > 0 ? ` Bei ${people(same)} bliebe es, wie es ist.` : ""}`,
  nobody: "Sie änderte gerade niemanden.",
  loading: "Es wird nachgesehen, was sie täte …",
  notForeseen: "Was sie täte, lässt sich nicht sagen.",
  changes: "Wen sie änderte",
  changeColumn: { name: "Name", before: "Jetzt", after: "Dann" },
  first: (shown, all) => `Die ersten ${count(shown)} von ${count(all)}.`,
  doNow: "Jetzt tun",
  stays: "Auch wenn es jetzt getan wird, kommt sie zu ihren eigenen Zeiten.",
  notDone: "Es ließ sich nicht tun.",
  done: (n, change) => `Getan: ${people(n)} geändert, zusammen um ${exactly(change)} Credits.`,
};
