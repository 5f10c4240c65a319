/** Forms that were sent, which would take a browser to another page: "POST /hub/spawn/alice _xsrf=…". */
export const sent: string[] = [];

/** Notes the forms that are sent from now on, in place of the navigation that jsdom doesn't have. */
export function catchForms(): void {
  document.addEventListener("submit", (e) => {
    if (e.defaultPrevented || !(e.target instanceof HTMLFormElement)) return;
    e.preventDefault();
    const fields = new URLSearchParams(Object.fromEntries([...new FormData(e.target)].map(([k, v]) => [k, String(v)])));
    sent.push(`${e.target.method.toUpperCase()} ${new URL(e.target.action).pathname} ${fields}`);
  });
}
