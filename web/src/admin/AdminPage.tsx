import { useEffect } from "react";
import { type Part, part } from "../components/part";
import { useApp } from "../context";
import type { AppData } from "../data";
import { NotFound } from "../pages/NotFound";
import { mayAny } from "../scopes";
import type { Common } from "../text/en/common";
import { useText } from "../text/text";
import classes from "./admin.module.css";

interface Tab {
  /** Its address below admin/, and its name in the texts. */
  name: keyof Omit<Common["nav"], "label" | "admin">;
  /** Who has one of these, for whomever, is shown the page. */
  scopes: string[];
  page: Part<object>;
  /** Whether this hub has it; each has the others. */
  there?: (data: AppData) => boolean;
}

/** The panel's pages, in the order of the tabs. Each is loaded when it is wanted. */
const tabs: Tab[] = [
  { name: "users", scopes: ["list:users"], page: part(() => import("./users/UsersPage")) },
  { name: "groups", scopes: ["list:groups"], page: part(() => import("./groups/GroupsPage")) },
  { name: "dashboard", scopes: ["read:servers"], page: part(() => import("./dashboard/DashboardPage")) },
  { name: "roles", scopes: ["admin:roles"], page: part(() => import("./roles/RolesPage")) },
  {
    name: "quota",
    scopes: ["read:quota"],
    page: part(() => import("./quota/QuotaPage")),
    there: (data) => data.quota !== null,
  },
  {
    name: "announcements",
    scopes: ["announcements"],
    page: part(() => import("./announcements/AnnouncementsPage")),
  },
  {
    name: "services",
    scopes: ["list:services"],
    page: part(() => import("./services/ServicesPage")),
  },
  { name: "audit", scopes: ["read:audit"], page: part(() => import("./audit/AuditPage")) },
];

const shownTo = (data: AppData) => tabs.filter((tab) => mayAny(data.scopes, tab.scopes) && (tab.there?.(data) ?? true));

/** The tab that a path names. 'Admin' leads to the first page; whom it is not for sees the first of theirs. */
function tabOf(path: string, data: AppData): { meant: Tab | undefined; current: Tab | undefined } {
  const shown = shownTo(data);
  const meant = tabs.find((tab) => path === `admin/${tab.name}`);
  return { meant, current: meant && (shown.includes(meant) ? meant : shown[0]) };
}

/** Loads the page of the panel that a path names, before it is shown. */
export async function loadTab(path: string, data: AppData): Promise<void> {
  await tabOf(path, data).current?.page.load();
}

/** On a phone the tabs are wider than the screen: the one that is shown is among those that can be seen. */
function bringIntoSight(tab: HTMLElement | null): void {
  const row = tab?.parentElement;
  if (row) row.scrollLeft = tab.offsetLeft - row.offsetLeft - (row.clientWidth - tab.offsetWidth) / 2;
}

/** The panel: the tabs, and the page that the path names. */
export default function AdminPage({ path }: { path: string }) {
  const { data } = useApp();
  const text = useText();
  const { meant, current } = tabOf(path, data);
  const moved = current !== meant && current?.name;
  useEffect(() => {
    if (moved) window.history.replaceState(null, "", `${data.hub}admin/${moved}`);
  }, [moved, data.hub]);
  return (
    <div className={classes.panel}>
      <nav className={classes.tabs} aria-label={text.nav.label}>
        {shownTo(data).map((tab) => (
          <a
            key={tab.name}
            href={`${data.hub}admin/${tab.name}`}
            aria-current={tab === current ? "page" : undefined}
            ref={tab === current ? bringIntoSight : undefined}
          >
            {text.nav[tab.name]}
          </a>
        ))}
      </nav>
      {current ? <current.page /> : <NotFound />}
    </div>
  );
}
