// What the start page says better with scripts: until when there are credits, by the person's own clock, and what the
// time costs that is asked for. The hub decides; it says the same when it refuses.
(() => {
  const field = document.getElementById("runtime");
  const said = document.getElementById("runtime-cost");
  const language = document.documentElement.lang;

  // What a minute costs with what is chosen on a card: the last choice that says something of it counts.
  function minuteOf(card) {
    let minute = Number(card.dataset.minute) || 0;
    for (const option of card.querySelectorAll("option:checked")) minute = Number(option.dataset.minute) || minute;
    return minute;
  }

  // A time of another day is told as a span, which the page says already.
  function tellEnough(card) {
    const enough = card.querySelector("[data-enough]");
    if (!enough) return;
    enough.dataset.span ??= enough.textContent;
    const minutes = (enough.dataset.enough * card.dataset.minute) / minuteOf(card);
    const at = new Date(Date.now() + Math.floor(minutes) * 60_000);
    const today = at.toDateString() === new Date().toDateString();
    const time = at.toLocaleTimeString(language, { timeStyle: "short" });
    enough.textContent = today ? enough.dataset.until.replace("§", time) : enough.dataset.span;
  }

  function tellCost() {
    const card = document.querySelector(".profile:has(input[name=profile]:checked)");
    const [minutes, minute] = [Number(field.value), card ? minuteOf(card) : 0];
    const number = (n) => n.toLocaleString(language);
    const cost = minutes * minute;
    const words = cost > Number(said.dataset.left) ? said.dataset.short : said.dataset.cost;
    const asked = Number.isInteger(minutes) && minutes > 0 && minute > 0;
    said.textContent = asked ? words.replace("§m", number(minutes)).replace("§c", number(cost)) : "";
  }

  function tell() {
    for (const card of document.querySelectorAll(".profile")) tellEnough(card);
    if (field && said) tellCost();
  }
  document.addEventListener("input", tell);
  tell();
})();
