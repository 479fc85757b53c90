/* The demo phone: new messages come in without moving what somebody reads, and calls can be heard. */
"use strict";

(() => {
  const SECONDS = 2;
  const list = document.querySelector("[data-messages]");
  const voice = window.speechSynthesis;

  function offerSpeech() {
    if (!voice || voice.getVoices().length === 0) return;
    for (const button of list.querySelectorAll("[data-speak]")) button.hidden = false;
  }

  function speak(call) {
    voice.cancel();
    for (const sentence of call.querySelectorAll("[data-spoken]")) {
      const utterance = new SpeechSynthesisUtterance(sentence.textContent);
      utterance.lang = "en-US";
      utterance.rate = sentence.dataset.code ? 0.6 : 0.95;
      voice.speak(utterance);
    }
  }

  /* Messages that are there already stay the same elements, so focus and scroll position stay too. */
  function bringIn(page) {
    let here = list.firstElementChild;
    for (const message of [...page.querySelectorAll("[data-messages] > li")]) {
      if (here && here.dataset.key === message.dataset.key) here = here.nextElementSibling;
      else list.insertBefore(message, here);
    }
    while (here) {
      const next = here.nextElementSibling;
      here.remove();
      here = next;
    }
    const addresses = document.querySelector("[data-addresses]");
    const fresh = page.querySelector("[data-addresses]");
    if (addresses.innerHTML !== fresh.innerHTML && !addresses.contains(document.activeElement)) {
      addresses.replaceWith(fresh);
    }
    document.querySelector("[data-empty]").hidden = page.querySelector("[data-empty]").hidden;
    offerSpeech();
  }

  async function refresh() {
    if (document.hidden) return;
    try {
      /* Without cookies: a page that looks for messages by itself keeps nobody signed in. */
      const answer = await fetch(location.href, { credentials: "omit", cache: "no-store" });
      if (answer.ok) bringIn(new DOMParser().parseFromString(await answer.text(), "text/html"));
    } catch {
      /* The portal is restarting; the next round finds it again. */
    }
  }

  async function keepRefreshing() {
    await refresh();
    setTimeout(keepRefreshing, SECONDS * 1000);
  }

  list.addEventListener("click", (event) => {
    const button = event.target.closest("[data-speak]");
    if (button) speak(button.closest("li"));
  });
  document.addEventListener("visibilitychange", refresh);
  if (voice) voice.addEventListener("voiceschanged", offerSpeech);
  offerSpeech();
  setTimeout(keepRefreshing, SECONDS * 1000);
})();
