import type { Plugin } from "vite";

const appPages = /^\/hub\/(home|admin)?(\?.*)?$/;
const builtScript = /<script type="module"[^>]*><\/script>/;
const appHead = /<link rel="(?:stylesheet|modulepreload)" href="[^"]*\/static\/app\/[^>]*>/g;

/**
 * While developing, takes the shell of the app from a running hub, which knows who is logged in, and puts the sources in
 * place of what that hub has built in. Works with a hub whose base is "/".
 */
export function hubPages(hub: string): Plugin {
  return {
    name: "hub-pages",
    apply: "serve",
    configureServer(server) {
      server.middlewares.use((req, res, next) => {
        const url = req.url ?? "";
        if (req.method !== "GET" || !appPages.test(url)) {
          next();
          return;
        }
        fetch(hub + url, { headers: { cookie: req.headers.cookie ?? "", accept: "text/html" }, redirect: "manual" })
          .then(async (answer) => {
            for (const cookie of answer.headers.getSetCookie()) res.appendHeader("Set-Cookie", cookie);
            const location = answer.headers.get("location");
            if (location) {
              res.writeHead(answer.status, { Location: location }).end();
              return;
            }
            const shell = (await answer.text())
              .replace(appHead, "")
              .replace(builtScript, "")
              .replace("</head>", '<script type="module" src="/src/main.tsx"></script></head>');
            const html = await server.transformIndexHtml(url, shell);
            res.writeHead(answer.status, { "Content-Type": "text/html; charset=utf-8" }).end(html);
          })
          .catch(next);
      });
    },
  };
}
