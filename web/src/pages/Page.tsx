import { lazy, Suspense } from "react";
import { useApp } from "../context";
import HomePage from "./home/HomePage";
import { NotFound } from "./NotFound";

const AdminPage = lazy(() => import("../admin/AdminPage"));

/**
 * The page that a path below the hub's names. Home is part of the first load; other pages are to be loaded when they are
 * wanted (React's lazy), so that who only opens a notebook does not wait for them.
 */
export function Page({ path }: { path: string }) {
  const { data } = useApp();
  const name = path.slice(data.hub.length).replace(/\/+$/, "");
  if (name === "" || name === "home") return <HomePage />;
  if (name.startsWith("admin/") && data.panel) {
    return (
      <Suspense>
        <AdminPage path={name} />
      </Suspense>
    );
  }
  return <NotFound />;
}
