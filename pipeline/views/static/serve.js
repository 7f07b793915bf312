"use strict";
// What pages do besides working: filters that apply at once, keys, and a word when there is news.

const keys = document.querySelector(".keys");
if (keys) keys.hidden = false;

for (const form of document.querySelectorAll("form[data-auto]")) {
  const button = form.querySelector("button");
  if (button) button.classList.add("plain");
  form.addEventListener("change", (event) => {
    if (event.target.matches("select, input[type=date]")) form.requestSubmit();
  });
  // Addresses stay short: what says nothing isn't sent.
  form.addEventListener("submit", () => {
    for (const field of form.elements) if (field.name && !field.value) field.disabled = true;
  });
}
addEventListener("pageshow", () => {
  for (const field of document.querySelectorAll("form[data-auto] :disabled")) field.disabled = false;
});

for (const button of document.querySelectorAll("button[data-copy]")) {
  button.hidden = false;
  button.addEventListener("click", async () => {
    const source = document.getElementById(button.dataset.copy);
    try {
      await navigator.clipboard.writeText(source.textContent);
      button.textContent = "Copied";
    } catch {
      button.textContent = "Could not copy";
    }
  });
}

let isGoing = false;

function step(by) {
  const items = [...document.querySelectorAll("[data-step] h3 a, a[data-step]")];
  if (!items.length) return;
  const at = items.indexOf(document.activeElement);
  const next = items[at < 0 ? (by > 0 ? 0 : items.length - 1) : at + by];
  if (next) next.focus();
}

addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.matches("input, textarea, select, [contenteditable]")) {
    if (event.key === "Escape") event.target.blur();
    return;
  }
  if (isGoing) {
    isGoing = false;
    const link = [...document.querySelectorAll("[data-key]")].find((one) => one.dataset.key === event.key);
    if (link) link.click();
    return;
  }
  if (event.key === "j") step(1);
  else if (event.key === "k") step(-1);
  else if (event.key === "g") isGoing = true;
  else if (event.key === "/") {
    const field = document.querySelector("main input:not([type=hidden]), main textarea, main select");
    if (field) {
      event.preventDefault();
      field.focus();
    }
  }
});

// The lake may grow while a page is open.
const news = document.getElementById("news");
if (news) {
  let first = null;
  const look = async () => {
    if (document.hidden) return;
    try {
      const { runs } = await (await fetch("/state")).json();
      if (first === null) first = runs;
      else if (runs > first) {
        news.querySelector("a").href = location.href;
        news.hidden = false;
      }
    } catch {
      // The server may have been stopped; the page stays as it is.
    }
  };
  look();
  setInterval(look, 15000);
}
