// Small comforts of pages that work without them: copy the key, print the codes, tell the reader's own time, count the time.
"use strict";

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

for (const place of document.querySelectorAll("[data-print]")) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "quiet";
  button.textContent = "Print them";
  button.addEventListener("click", () => print());
  place.append(button);
}

function tellOwnTime(place) {
  for (const time of place.querySelectorAll("time[data-local]")) {
    const moment = new Date(time.dateTime);
    const hours = moment.getHours();
    const minutes = String(moment.getMinutes()).padStart(2, "0");
    time.textContent = time.dataset.local === "24"
      ? `${String(hours).padStart(2, "0")}:${minutes}`
      : `${hours % 12 || 12}:${minutes} ${hours < 12 ? "am" : "pm"}`;
  }
}
tellOwnTime(document);

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
