/** Which entries the page shows, as its address says. Days are the person's own, 2026-11-30; empty is any. */
export interface AuditView {
  actor: string;
  /** Such as user.create, or user. for all that begin so. */
  action: string;
  kind: string;
  target: string;
  from: string;
  to: string;
  job: string;
  request: string;
  /** Only entries with a lower id. */
  before: string;
}

export const everything: AuditView = {
  actor: "",
  action: "",
  kind: "",
  target: "",
  from: "",
  to: "",
  job: "",
  request: "",
  before: "",
};

const longest = 255;
const number = /^[1-9]\d{0,17}$/;

/** Reads an address; what means nothing in it is left out. */
export function readView(address: URLSearchParams): AuditView {
  const said = (key: keyof AuditView) => (address.get(key) ?? "").slice(0, longest);
  const matching = (key: keyof AuditView, form: (text: string) => boolean) => (form(said(key)) ? said(key) : "");
  const id = (text: string) => number.test(text);
  return {
    actor: said("actor"),
    action: said("action"),
    kind: said("kind"),
    target: said("target"),
    from: matching("from", isDay),
    to: matching("to", isDay),
    job: matching("job", id),
    request: said("request"),
    before: matching("before", id),
  };
}

export function writeView(view: AuditView): URLSearchParams {
  return new URLSearchParams(Object.entries(view).filter(([, value]) => value !== ""));
}

/** Tells whether something limits what is shown, besides the page. */
export function isFiltered(view: AuditView): boolean {
  return writeView({ ...view, before: "" }).toString() !== "";
}

/** The query of GET /audit. */
export function listQuery(view: AuditView): URLSearchParams {
  const query = new URLSearchParams();
  const set = (key: string, value: string) => value && query.set(key, value);
  set("actor", view.actor.trim());
  set("action", view.action);
  set("target_kind", view.kind);
  set("target", view.target.trim());
  set("job", view.job);
  set("request_id", view.request);
  if (view.from) query.set("since", dayStart(view.from, 0));
  if (view.to) query.set("until", dayStart(view.to, 1));
  set("before", view.before);
  return query;
}

const form = /^(\d{4})-(\d{2})-(\d{2})$/;

function isDay(text: string): boolean {
  const match = form.exec(text);
  if (!match || Number(match[1]) < 1971) return false;
  return new Date(`${text}T00:00:00Z`).toJSON()?.startsWith(text) ?? false;
}

/** The moment at which a day of the person's begins, some days on. */
function dayStart(day: string, later: number): string {
  const [year = 0, month = 0, date = 0] = day.split("-").map(Number);
  return new Date(year, month - 1, date + later).toISOString();
}

/** What an entry says of one thing. */
export interface Difference {
  field: string;
  before: string;
  after: string;
}

/** What was there before and after, field by field; what stayed is left out where something changed. */
export function differences(before: unknown, after: unknown): Difference[] {
  const old = fieldsOf(before);
  const now = fieldsOf(after);
  const fields = [...new Set([...old.keys(), ...now.keys()])];
  const all = fields.map((field) => ({ field, before: old.get(field) ?? "", after: now.get(field) ?? "" }));
  const changed = all.filter((d) => d.before !== d.after);
  return old.size > 0 && now.size > 0 && changed.length > 0 ? changed : all;
}

/** What a row says of them beside its words: the group or the role that it is about, or the few things that changed. */
export function inBrief(all: readonly Difference[]): string {
  const worth = all.filter((d) => d.before !== "" || d.after !== "false"); // what nobody asked for
  if (worth.length > 2) return "";
  const said = ({ field, before, after }: Difference) =>
    nameless.has(field) ? after || before : `${field}: ${after || before}`;
  return worth.map(said).join(", ");
}

/** Fields whose values say by themselves what they are. */
const nameless: ReadonlySet<string> = new Set(["group", "role", "name", "reason"]);

function fieldsOf(record: unknown): Map<string, string> {
  if (typeof record !== "object" || record === null) return new Map();
  return new Map(Object.entries(record).map(([key, value]) => [key, told(value)]));
}

function told(value: unknown): string {
  if (typeof value === "string") return value;
  if (Array.isArray(value) && value.every((v) => typeof v === "string")) return value.join(", ");
  return JSON.stringify(value);
}
