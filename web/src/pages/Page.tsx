import { part } from "../components/part";
import { useApp } from "../context";
import type { AppData } from "../data";
import HomePage from "./home/HomePage";
import { NotFound } from "./NotFound";

const QuotaPage = part<object>(() => import("./quota/QuotaPage"));

/** The panel, with the page of it that comes next. */
const AdminPage = part<{ path: string }>(() => import("../admin/AdminPage"));

/**
 * The page that a path below the hub's names. Home is part of the first load; other pages are loaded when they are wanted,
 * so that who only opens a notebook does not wait for them.
 */
export function Page({ path }: { path: string }) {
  const { data } = useApp();
  const name = nameOf(path, data);
  if (name === "" || name === "home") return <HomePage />;
  if (name === "quota" && data.quota) return <QuotaPage />;
  if (isPanel(name, data)) return <AdminPage path={name} />;
  return <NotFound />;
}

/** Loads what the page at a path consists of, before it is shown. */
export async function loadPage(path: string, data: AppData): Promise<void> {
  const name = nameOf(path, data);
  if (name === "quota") await QuotaPage.load();
  if (!isPanel(name, data)) return;
  const [{ loadTab }] = await Promise.all([import("../admin/AdminPage"), AdminPage.load()]);
  await loadTab(name, data);
}

const nameOf = (path: string, data: AppData) => path.slice(data.hub.length).replace(/\/+$/, "");

const isPanel = (name: string, data: AppData) => name.startsWith("admin/") && data.panel;
