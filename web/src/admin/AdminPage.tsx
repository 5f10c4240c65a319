import { type ComponentType, lazy, Suspense, useEffect } from "react";
import { useApp } from "../context";
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
  page: ComponentType;
}

/** The panel's pages, in the order of the tabs. Each is loaded when it is wanted. */
const tabs: Tab[] = [
  { name: "users", scopes: ["list:users"], page: lazy(() => import("./users/UsersPage")) },
  { name: "groups", scopes: ["list:groups"], page: lazy(() => import("./groups/GroupsPage")) },
  { name: "dashboard", scopes: ["read:servers"], page: lazy(() => import("./dashboard/DashboardPage")) },
  { name: "roles", scopes: ["admin:roles"], page: lazy(() => import("./roles/RolesPage")) },
  {
    name: "announcements",
    scopes: ["announcements"],
    page: lazy(() => import("./announcements/AnnouncementsPage")),
  },
  {
    name: "services",
    scopes: ["list:services"],
    page: lazy(() => import("./services/ServicesPage")),
  },
  { name: "audit", scopes: ["read:audit"], page: lazy(() => import("./audit/AuditPage")) },
];

/** The panel: the tabs, and the page that the path names. */
export default function AdminPage({ path }: { path: string }) {
  const { data } = useApp();
  const text = useText();
  const shown = tabs.filter((tab) => mayAny(data.scopes, tab.scopes));
  const meant = tabs.find((tab) => path === `admin/${tab.name}`);
  // 'Admin' leads to the first page; whom it is not for sees the first of theirs.
  const current = meant && (shown.includes(meant) ? meant : shown[0]);
  const moved = current !== meant && current?.name;
  useEffect(() => {
    if (moved) window.history.replaceState(null, "", `${data.hub}admin/${moved}`);
  }, [moved, data.hub]);
  return (
    <div className={classes.panel}>
      <nav className={classes.tabs} aria-label={text.nav.label}>
        {shown.map((tab) => (
          <a key={tab.name} href={`${data.hub}admin/${tab.name}`} aria-current={tab === current ? "page" : undefined}>
            {text.nav[tab.name]}
          </a>
        ))}
      </nav>
      {current ? (
        <Suspense>
          <current.page />
        </Suspense>
      ) : (
        <NotFound />
      )}
    </div>
  );
}
