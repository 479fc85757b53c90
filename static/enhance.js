// Small comforts on pages that work without them: show the password, copy the key, tell the
// reader's own time, count the seconds, send forms once.
"use strict";

for (const input of document.querySelectorAll("input[data-reveal]")) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "reveal";
  button.setAttribute("aria-pressed", "false");
  button.textContent = "Show";
  button.setAttribute("aria-label", "Show the password");
  button.addEventListener("click", () => {
    const shown = input.type === "text";
    input.type = shown ? "password" : "text";
    button.textContent = shown ? "Show" : "Hide";
    button.setAttribute("aria-pressed", String(!shown));
  });
  const row = document.createElement("div");
  row.className = "revealing";
  input.replaceWith(row);
  row.append(input, button);
  input.form.addEventListener("submit", () => { input.type = "password"; });
}

for (const place of document.querySelectorAll("[data-copy]")) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "copy";
  button.textContent = "Copy the key";
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(document.getElementById(place.dataset.copy).dataset.totpSecret);
    button.textContent = "Copied";
  });
  if (navigator.clipboard) place.append(button);
}

for (const time of document.querySelectorAll("time[data-local]")) {
  const moment = new Date(time.dateTime);
  const half = moment.getHours() < 12 ? "am" : "pm";
  time.textContent = `${moment.getHours() % 12 || 12}:${String(moment.getMinutes()).padStart(2, "0")} ${half}`;
}

for (const place of document.querySelectorAll("[data-from]")) {
  const from = Date.parse(place.dataset.from);
  const tick = () => {
    const seconds = Math.ceil((from - Date.now()) / 1000);
    place.textContent = seconds > 0 ? `in ${seconds} second${seconds === 1 ? "" : "s"},` : "now,";
    if (seconds > 0) setTimeout(tick, 1000);
  };
  tick();
}

for (const place of document.querySelectorAll("[data-until]")) {
  const until = Date.parse(place.dataset.until);
  const tick = () => {
    const minutes = Math.round((until - Date.now()) / 60000);
    place.textContent = minutes < 1 ? "less than a minute left" : `${minutes} minute${minutes === 1 ? "" : "s"} left`;
    if (until > Date.now()) setTimeout(tick, 15000);
    else place.textContent = "no time left";
  };
  tick();
}

for (const form of document.querySelectorAll('form[method="post"]')) {
  form.addEventListener("submit", (event) => {
    if (form.dataset.sent) event.preventDefault();
    form.dataset.sent = "yes";
  });
}
// A page that comes back from the browser's memory may be sent again.
addEventListener("pageshow", () => {
  for (const form of document.forms) delete form.dataset.sent;
});
