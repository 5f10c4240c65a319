import { createContext, useContext } from "react";
import type { Api } from "./api/client";
import type { AppData } from "./data";

export interface App {
  data: AppData;
  api: Api;
}

const AppContext = createContext<App | null>(null);

export const AppProvider = AppContext.Provider;

/** The hub that the page belongs to, and the way to call it. */
export function useApp(): App {
  const app = useContext(AppContext);
  if (!app) throw new Error("useApp is called outside of AppProvider");
  return app;
}
