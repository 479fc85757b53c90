// How a text or call stands: asks now and then while the page is looked at, and shows the answer where it differs.
"use strict";

(() => {
  const FIRST = 3000;
  const LONGEST = 10000;
  const place = document.querySelector("[data-delivery]");
  if (!place) return;
  const end = performance.now() + place.dataset.seconds * 1000;
  let pause = FIRST;
  let timer = 0;
  let asking = false;

  /* Where the page asks by itself, it says so in place of the link to ask by hand, if there is one. */
  function byItself(yes) {
    for (const link of place.querySelectorAll("[data-check] a")) link.hidden = yes;
    for (const words of place.querySelectorAll("[data-check] small")) words.hidden = !yes;
  }

  function stop() {
    document.removeEventListener("visibilitychange", look);
    clearTimeout(timer);
    byItself(false);
  }

  /* What somebody is about to press stays where it is; the next answer brings the news again. Where the new words are
     fewer, the height stays, so that nothing moves below. */
  function show(html) {
    if (place.contains(document.activeElement)) return;
    const { height } = place.firstElementChild.getBoundingClientRect();
    place.replaceChildren(...new DOMParser().parseFromString(html, "text/html").body.children);
    place.firstElementChild.style.minHeight = `${height}px`;
    byItself(true);
  }

  /* Asking reads one row and changes nothing: it keeps nobody signed in. */
  async function ask() {
    const seen = encodeURIComponent(place.firstElementChild.dataset.status);
    const answer = await fetch(`${place.dataset.delivery}?seen=${seen}`, { redirect: "manual", cache: "no-store" });
    if (answer.status === 204) return true;
    if (!answer.ok) return false;
    show(await answer.text());
    return place.querySelector("[data-check]") !== null;
  }

  async function round() {
    asking = true;
    const more = await ask().catch(() => false);
    asking = false;
    if (!more || performance.now() > end) return stop();
    pause = Math.min(pause * 1.5, LONGEST);
    if (!document.hidden) timer = setTimeout(round, pause);
  }

  function look() {
    clearTimeout(timer);
    if (!document.hidden && !asking) round();
  }

  byItself(true);
  document.addEventListener("visibilitychange", look);
  if (!document.hidden) timer = setTimeout(round, pause);
})();
