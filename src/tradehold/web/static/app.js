// Everything works without this file. It adds keys, copying and a word when the page has changed by itself.
(() => {
  "use strict";
  const $ = (selector) => document.querySelector(selector);
  const toast = $("#toast");
  let fading;

  function say(text) {
    toast.textContent = text;
    toast.classList.add("shown");
    clearTimeout(fading);
    fading = setTimeout(() => toast.classList.remove("shown"), 4000);
  }

  // Buttons that need a script are hidden in the page, so that nobody without one meets a dead button.
  function reveal() {
    const clipboard = Boolean(navigator.clipboard);
    document.querySelectorAll("[data-help], [data-copy]").forEach((button) => {
      button.hidden = button.matches("[data-copy]") && !clipboard;
    });
  }

  // A link to an action opens the action it points to.
  function unfold() {
    const target = location.hash.length > 1 && document.getElementById(location.hash.slice(1));
    if (target && target.matches("details")) {
      target.open = true;
      const field = target.querySelector("input:not([type=hidden]), select, textarea");
      (field ?? target.querySelector("button.button:not(.text)"))?.focus();
    }
  }

  function step(by) {
    const items = [...document.querySelectorAll("[data-item]")];
    const next = items.indexOf(document.activeElement) + by;
    items[Math.max(0, Math.min(items.length - 1, next))]?.focus();
  }

  const keys = {
    "j": () => step(1),
    "k": () => step(-1),
    "/": () => $("[data-search]")?.focus(),
    "?": () => $("#keys").showModal(),
    "g t": () => location.assign("/trades"),
  };
  let before = "";

  document.addEventListener("keydown", (event) => {
    const busy = event.target.closest("input, select, textarea, [contenteditable], dialog[open]");
    if (busy || event.ctrlKey || event.metaKey || event.altKey) return;
    const act = keys[`${before} ${event.key}`] ?? keys[event.key];
    before = event.key;
    if (act) {
      event.preventDefault();
      act();
    }
  });

  document.addEventListener("click", async (event) => {
    const menu = $(".menu[open]");
    if (menu && !menu.contains(event.target)) menu.open = false;
    if (event.target.closest("[data-help]")) keys["?"]();
    const copy = event.target.closest("[data-copy]");
    if (copy) {
      await navigator.clipboard.writeText(copy.dataset.copy);
      say(toast.dataset.copied);
    }
    // Following the link of the place one is already at changes no hash, and must open it all the same.
    if (event.target.closest("a[href^='#action-']")) setTimeout(unfold);
  });

  document.addEventListener("htmx:after:swap", (event) => {
    reveal();
    if (event.target.id === "trade") say(toast.dataset.updated);
  });
  window.addEventListener("hashchange", unfold);
  reveal();
  unfold();
})();
