// What a page does better with scripts. Nothing needs it: what only works with it is not
// shown without.
(() => {
  // Sends a form once: a second click while the first is under way would start or change
  // things twice.
  document.addEventListener("submit", (e) => {
    if (e.defaultPrevented) return; // it is not sent at all
    const form = e.target;
    if (form.dataset.sent) {
      e.preventDefault();
      return;
    }
    form.dataset.sent = "yes";
    for (const button of form.querySelectorAll("[data-reveal]")) reveal(button, false);
  });
  // Coming back by the browser's history shows the page as it was left.
  window.addEventListener("pageshow", (e) => {
    for (const form of document.forms) delete form.dataset.sent;
    if (!e.persisted) return;
    for (const button of document.querySelectorAll("[data-reveal]")) reveal(button, false);
  });

  // A menu closes like a menu.
  for (const type of ["pointerdown", "focusin", "keydown"]) {
    document.addEventListener(type, (e) => {
      for (const menu of document.querySelectorAll("details.menu[open]")) {
        if (type === "keydown" ? e.key !== "Escape" : menu.contains(e.target)) continue;
        if (type === "keydown") menu.querySelector("summary").focus();
        menu.open = false;
      }
    });
  }

  // Times: the exact one on hover is the person's own.
  for (const time of document.querySelectorAll("main time[datetime]")) {
    const at = new Date(time.dateTime);
    if (!Number.isNaN(at.getTime())) time.title = at.toLocaleString();
  }

  // A button that shows what is typed as a password. Before it is sent it is hidden again,
  // or browsers would offer it as a word that was typed before.
  function reveal(button, shown) {
    const input = document.getElementById(button.getAttribute("aria-controls"));
    if ((input.type === "text") === shown) return;
    input.type = shown ? "text" : "password";
    const said = button.nextElementSibling;
    button.firstChild.textContent = shown ? said.dataset.hide : said.dataset.show;
    said.textContent = shown ? said.dataset.shown : said.dataset.hidden;
  }
  for (const button of document.querySelectorAll("[data-reveal]")) {
    button.hidden = false;
    button.addEventListener("click", () => {
      const input = document.getElementById(button.getAttribute("aria-controls"));
      reveal(button, input.type === "password");
    });
  }

  // A button that copies what a field holds. Over plain HTTP browsers have the older way
  // alone.
  async function copy(button) {
    const input = document.getElementById(button.getAttribute("aria-controls"));
    let done = false;
    input.focus();
    input.select();
    try {
      await navigator.clipboard.writeText(input.value);
      done = true;
    } catch {
      done = document.execCommand("copy");
    }
    if (done) button.firstChild.textContent = button.dataset.copied;
    if (!done) button.hidden = true; // it is selected, and the keys still work
  }
  for (const button of document.querySelectorAll("[data-copy]")) {
    button.hidden = false;
    button.addEventListener("click", () => copy(button));
  }

  // A question that is opened in its place, and closed by the safe answer.
  for (const button of document.querySelectorAll("[data-close]")) {
    button.hidden = false;
    button.addEventListener("click", () => {
      const details = button.closest("details");
      details.open = false;
      details.querySelector("summary").focus();
    });
  }
})();
