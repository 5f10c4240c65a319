// Sends a form once: a second click while the first is under way would start or
// change things twice.
(() => {
  document.addEventListener("submit", (e) => {
    if (e.defaultPrevented) return; // it is not sent at all
    const form = e.target;
    if (form.dataset.sent) {
      e.preventDefault();
      return;
    }
    form.dataset.sent = "yes";
  });
  // Coming back by the browser's history shows the page as it was left.
  window.addEventListener("pageshow", () => {
    for (const form of document.forms) delete form.dataset.sent;
  });
})();
