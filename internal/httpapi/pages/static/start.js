// Follows the start of a server and goes to it when it is ready. The page shows all
// of it without this file too, by loading anew; then it only jumps more.
(() => {
  for (const time of document.querySelectorAll("[data-steps] time")) localise(time);
  const root = document.querySelector("[data-start]");
  if (!root) {
    forget(); // it failed, and says why
    return;
  }
  const list = root.querySelector("[data-steps]");
  const bar = root.querySelector("progress");
  const now = root.querySelector("[data-now]"); // for those who listen; the list shows the same
  const note = root.querySelector("[data-note]");
  const queue = root.dataset.queue;
  const maxSteps = 200;
  let failures = 0;

  function localise(time) {
    const at = new Date(time.dateTime);
    if (Number.isNaN(at.getTime())) return;
    time.textContent = at.toLocaleTimeString([], { hourCycle: "h23", hour: "2-digit", minute: "2-digit", second: "2-digit" });
    time.title = at.toLocaleString();
  }

  function stepOf(message) {
    for (const item of list.children) {
      const text = item.querySelector("[data-message]").textContent;
      if (text === message || (text.startsWith(queue) && message.startsWith(queue))) return item;
    }
    return null;
  }

  function addStep(message) {
    const item = document.createElement("li");
    const time = document.createElement("time");
    const text = document.createElement("span");
    time.className = "at";
    time.dateTime = new Date().toISOString();
    localise(time);
    text.dataset.message = "";
    text.textContent = message;
    item.append(time, text);
    list.append(item);
    while (list.children.length > maxSteps) list.firstElementChild.remove();
  }

  function show(event) {
    const message = String(event.message ?? "");
    if (typeof event.progress === "number") bar.value = Math.max(0, Math.min(100, event.progress));
    if (!message) return;
    const known = stepOf(message);
    if (known) known.querySelector("[data-message]").textContent = message;
    else addStep(message);
    if (now.textContent !== message) now.textContent = message;
    note.hidden = true;
  }

  // What is no step, but that the page does something else for a while.
  function say(text) {
    now.textContent = text;
    note.textContent = text;
    note.hidden = false;
  }

  // Only http and https: a URL of another scheme could run a script.
  function go(target) {
    const url = new URL(target, location.href);
    if (url.protocol === "https:" || url.protocol === "http:") location.replace(url.href);
  }

  // A page that loads itself anew again and again helps nobody: longer each time.
  function reload() {
    const key = "atrium-start-reloads";
    let count = 0;
    try {
      count = Number(sessionStorage.getItem(key)) || 0;
      sessionStorage.setItem(key, String(count + 1));
    } catch {
      // Without storage the wait stays the same.
    }
    setTimeout(() => location.reload(), Math.min(15000, 700 * 2 ** Math.min(count, 5)));
  }

  function forget() {
    try {
      sessionStorage.removeItem("atrium-start-reloads");
    } catch {
      // It is gone with the tab.
    }
  }

  // The log is asked for while somebody looks at it, and stays at its end if they do.
  function followLog(details) {
    const text = details.querySelector("pre");
    const every = 2000;
    let waiting = 0;

    async function look() {
      try {
        const answer = await fetch(details.dataset.logUrl, { headers: { Accept: "application/json" } });
        if (!answer.ok) return;
        const { log } = await answer.json();
        if (!log || log === text.textContent) return;
        const atEnd = text.scrollTop + text.clientHeight >= text.scrollHeight - 8;
        text.textContent = log;
        if (atEnd) text.scrollTop = text.scrollHeight;
      } catch {
        // The next look comes soon enough.
      }
    }

    async function again() {
      await look();
      if (details.open) waiting = setTimeout(again, every);
    }

    details.addEventListener("toggle", () => {
      clearTimeout(waiting);
      if (details.open) again();
    });
  }

  const log = root.querySelector("[data-log-url]");
  if (log) followLog(log);

  if (!root.dataset.streamUrl) {
    reload();
    return;
  }
  const stream = new EventSource(root.dataset.streamUrl);
  stream.addEventListener("message", (e) => {
    let event;
    try {
      event = JSON.parse(e.data);
    } catch {
      return;
    }
    failures = 0;
    if (event.ready) {
      stream.close();
      forget();
      bar.value = 100;
      say(root.dataset.ready);
      go(root.dataset.readyUrl);
    } else if (event.failed) {
      stream.close();
      say(root.dataset.ended);
      reload();
    } else {
      show(event);
    }
  });
  stream.addEventListener("error", () => {
    failures += 1;
    say(root.dataset.lost);
    if (stream.readyState === EventSource.CLOSED || failures > 5) {
      stream.close();
      reload();
    }
  });
  window.addEventListener("pagehide", () => stream.close());
})();
