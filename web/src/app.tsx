import { MantineProvider } from "@mantine/core";
import { Notifications } from "@mantine/notifications";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { createApi } from "./api/client";
import { Boundary } from "./components/Boundary";
import { Footer } from "./components/Footer";
import { Header } from "./components/Header";
import { AppProvider } from "./context";
import type { AppData } from "./data";
import { Page } from "./pages/Page";
import { LanguageProvider, languageOf, textOf } from "./text/text";
import { cssVariables, theme } from "./theme";

/**
 * The hub is asked also where the browser knows of no network: it may be on this machine, and what was pressed must not
 * wait without a word and be done later.
 */
const asked = { defaultOptions: { queries: { networkMode: "always" }, mutations: { networkMode: "always" } } } as const;

/** The whole app: header, and the page that the path names. */
export function App({ data, path }: { data: AppData; path: string }) {
  const language = languageOf(navigator.languages);
  const app = useMemo(() => ({ data, api: createApi(data, textOf(language)) }), [data, language]);
  const [client] = useState(() => new QueryClient(asked));
  return (
    <AppProvider value={app}>
      <LanguageProvider value={language}>
        <QueryClientProvider client={client}>
          <MantineProvider
            theme={theme}
            cssVariablesResolver={cssVariables}
            defaultColorScheme="auto"
            getStyleNonce={() => data.nonce}
            deduplicateInlineStyles
          >
            <Header path={path} />
            <main className="main" id="main">
              <Boundary>
                <Page path={path} />
              </Boundary>
            </main>
            <Footer />
            <Notifications position="bottom-right" autoClose={6000} limit={4} />
          </MantineProvider>
        </QueryClientProvider>
      </LanguageProvider>
    </AppProvider>
  );
}
