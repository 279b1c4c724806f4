// The thread works without this file. It keeps what is being typed through a reload or a lost line, sends by the
// keyboard, marks as read what has been in sight, and stays at the newest message while somebody is there.
(() => {
  "use strict";
  const DRAFT = "draft:";
  const NEAR = 160; // pixels from the end of the thread that count as being there

  // A browser may have no storage to give: then a draft lives as long as its page.
  const drafts = {
    read(key) {
      try { return sessionStorage.getItem(DRAFT + key) ?? ""; } catch { return ""; }
    },
    write(key, text) {
      try {
        if (text) sessionStorage.setItem(DRAFT + key, text);
        else sessionStorage.removeItem(DRAFT + key);
      } catch { /* nothing is kept */ }
    },
  };

  function keepDrafts(composer) {
    const text = composer.querySelector("[data-text]");
    const key = composer.getAttribute("action");
    const here = new URL(location.href);
    if ("sent" in composer.dataset) {
      drafts.write(key, "");
      here.searchParams.delete("said"); // a reload must not throw the next draft away
      history.replaceState(history.state, "", here);
    }
    if (!text.value) text.value = drafts.read(key);
    if (text.value && composer.closest("details")) composer.closest("details").open = true;
    text.addEventListener("input", () => drafts.write(key, text.value));
    text.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
        event.preventDefault();
        composer.requestSubmit();
      }
    });
    if (here.searchParams.has("about")) text.focus();
  }

  // What was in sight counts as read. Without a script there is a button for it.
  let marked = 0;
  async function markRead(form) {
    const seq = Number(form.elements.seq.value);
    if (seq <= marked || document.visibilityState !== "visible") return;
    marked = seq;
    const said = new URLSearchParams(new FormData(form));
    said.delete("back");
    try {
      const answer = await fetch(form.action, { method: "POST", body: said });
      if (answer.ok) document.querySelectorAll("[data-unread]").forEach((count) => { count.hidden = true; });
    } catch {
      marked = 0; // the line is down: the next look tries again
    }
  }

  const sight = new IntersectionObserver((seen) => {
    seen.filter((one) => one.isIntersecting).forEach((one) => markRead(one.target));
  });

  function watch() {
    sight.disconnect();
    document.querySelectorAll("form[data-read]").forEach((form) => {
      form.querySelector("button").hidden = true;
      sight.observe(form);
    });
  }

  // A new message does not push the reader away from the end of the thread.
  const latest = () => document.querySelector("#thread #latest");
  let there = false;
  document.addEventListener("htmx:before:swap", () => {
    const end = latest();
    there = Boolean(end) && end.getBoundingClientRect().top < innerHeight + NEAR;
  });
  document.addEventListener("htmx:after:swap", () => {
    watch();
    if (there) latest()?.scrollIntoView({ block: "nearest" });
  });
  document.addEventListener("visibilitychange", watch);
  document.querySelectorAll("[data-composer]").forEach(keepDrafts);
  watch();
})();
