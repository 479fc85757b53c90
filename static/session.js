// Until when the session holds: says in time that it is about to end, and leaves the page once it is over.
"use strict";

(() => {
  const AGAIN = 30000;
  const place = document.querySelector("[data-session]");
  let timer = 0;
  let due = 0;

  const line = () => place.querySelector(".until");

  /* Said once: words that are there already are not put there again. */
  function warn() {
    if (line().classList.contains("due")) return;
    line().classList.add("due");
    line().querySelector("[role=status]").replaceChildren(line().querySelector("template").content.cloneNode(true));
    tellOwnTime(line());
  }

  /* Waits for the warning, and then for the end. A computer that sleeps stops its timers, not its clock. */
  function wait(milliseconds) {
    clearTimeout(timer);
    due = Date.now() + milliseconds;
    timer = setTimeout(look, milliseconds);
  }

  function begin() {
    const left = line().dataset.left * 1000;
    const before = line().dataset.warning * 1000;
    if (left > before) return wait(left - before);
    warn();
    wait(left + 1000);
  }

  function show(html) {
    const fresh = new DOMParser().parseFromString(html, "text/html").querySelector(".until");
    const warned = line().classList.contains("due") && fresh.dataset.left * 1 <= fresh.dataset.warning * 1;
    const held = line().contains(document.activeElement);
    if (warned) line().dataset.left = fresh.dataset.left;
    else line().replaceWith(fresh);
    tellOwnTime(line());
    if (held && !warned) line().focus();
    begin();
  }

  /* Asking is no use, so it keeps nobody signed in; another tab may have. */
  async function look() {
    const answer = await fetch(place.dataset.session, { redirect: "manual", cache: "no-store" }).catch(() => null);
    if (answer && answer.ok) return show(await answer.text());
    if (answer && answer.type === "opaqueredirect") return location.replace(line().dataset.over);
    wait(AGAIN);
  }

  async function stay(form) {
    const body = new URLSearchParams(new FormData(form));
    body.set("next", place.dataset.session);
    const answer = await fetch(form.action, { method: "POST", body, cache: "no-store" }).catch(() => null);
    if (answer && answer.ok && answer.url.endsWith(place.dataset.session)) show(await answer.text());
    else look();
  }

  place.addEventListener("submit", (event) => {
    event.preventDefault();
    stay(event.target);
  });
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden && Date.now() > due) look();
  });
  begin();
})();
