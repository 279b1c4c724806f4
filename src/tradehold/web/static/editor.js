// The contract editor works without this file, by its buttons. It makes a line of each requirement, asks the server what
// is unclear while somebody types, and keeps the draft. What stands beside the fields is replaced; a field is never, and
// neither focus nor caret moves unless its owner pressed something.
(() => {
  "use strict";
  const form = document.querySelector("form[data-editor]");
  if (!form) return;
  const $ = (selector, within = form) => within.querySelector(selector);
  const PAUSE = 250; // milliseconds without a key before the server is asked
  const AGAIN = 5000; // and before it is asked once more when the line is down
  const CELLS = 40;
  const changed = new Set(); // keys of rows
  let waiting = 0, asking = false, dirty = false, over = false;

  // ---- rows

  const list = () => $("[data-rows]");
  const rowOf = (element) => element.closest("[data-row]");
  const textOf = (row) => $("textarea", row);
  const keys = () => [...list().children].map((row) => Number(row.dataset.row));

  function create(after, text = "", duty = "") {
    const key = String(Math.max(-1, ...keys()) + 1);
    const made = document.createElement("template");
    made.innerHTML = $("[data-row-template]").innerHTML.replaceAll("KEY", key);
    const row = made.content.firstElementChild;
    if (after) after.after(row);
    else list().append(row);
    write(row, text);
    if (duty) hidden(row, "set", JSON.stringify({ duty }));
    return row;
  }

  function write(row, text) {
    textOf(row).value = text;
    echo(row, text);
    touch(row);
  }

  function hidden(row, name, value) {
    const full = `requirements.${row.dataset.row}.${name}`;
    const there = $(`input[type=hidden][name="${full}"]`, row);
    if (there) there.value = value;
    else row.append(Object.assign(document.createElement("input"), { type: "hidden", name: full, value }));
  }

  // Behind the last line with something in it: what is brought in takes an empty one first.
  function append(text, duty) {
    const last = [...list().children].reverse().find((row) => textOf(row).value);
    const free = last ? last.nextElementSibling : list().firstElementChild;
    if (duty || !free) return create(last ?? null, text, duty);
    write(free, text);
    return free;
  }

  function remove(row) {
    const next = row.previousElementSibling ?? row.nextElementSibling ?? create(row);
    row.remove();
    put(next, textOf(next).value.length);
    later();
  }

  function put(row, place) {
    const text = textOf(row);
    text.focus();
    const blank = /⟨[^⟩]*⟩/.exec(text.value);
    if (place === undefined && blank) text.setSelectionRange(blank.index, blank.index + blank[0].length);
    else text.setSelectionRange(place ?? text.value.length, place ?? text.value.length);
  }

  // The neighbour goes round, so that what is being typed in stays where it is in the document.
  function move(row, by) {
    const other = by < 0 ? row.previousElementSibling : row.nextElementSibling;
    if (!other) return;
    if (by < 0) row.after(other);
    else row.before(other);
    touch(row);
    row.scrollIntoView({ block: "nearest" });
  }

  // ---- the echo under a text, in which unclear words are marked: marks stay as long as their words do

  function echo(row, text) {
    const drawn = $(".req-echo", row);
    const before = drawn.textContent.replace(/\n$/, "");
    if (before === text) return;
    let start = 0, end = 0;
    const shorter = Math.min(before.length, text.length);
    while (start < shorter && before[start] === text[start]) start += 1;
    while (end < shorter - start && before[before.length - 1 - end] === text[text.length - 1 - end]) end += 1;
    const parts = [];
    let place = 0, written = 0;
    drawn.childNodes.forEach((node) => {
      const from = place;
      place += node.textContent.length;
      const moved = place <= start ? 0 : from >= before.length - end ? text.length - before.length : null;
      if (node.nodeName !== "MARK" || moved === null) return;
      const mark = document.createElement("mark");
      mark.textContent = node.textContent;
      parts.push(text.slice(written, from + moved), mark);
      written = place + moved;
    });
    drawn.replaceChildren(...parts, `${text.slice(written)}\n`);
  }

  // ---- pasting: the same rule as rows.py has for lines and tables

  function linesOf(text) {
    const lines = text.split(/\r\n|\r|\n/).map((line) => line.trim()).filter(Boolean);
    const joined = (cells) => {
      const [first, ...rest] = cells.filter(Boolean);
      return rest.length ? `${first}: ${rest.join(" ")}` : first ?? "";
    };
    for (const mark of ["\t", ";", ","]) {
      const cut = mark === "\t" ? mark : new RegExp(`${mark}(?! )`);
      const cells = lines.map((line) => line.split(cut).slice(0, CELLS).map((cell) => cell.trim().replace(/^"|"$/g, "").trim()));
      const even = lines.length > 1 && new Set(cells.map((one) => one.length)).size === 1;
      if ((mark === "\t" || even) && cells.some((one) => one.length > 1)) return cells.map(joined).filter(Boolean);
    }
    return lines;
  }

  function paste(event, row) {
    const lines = linesOf(event.clipboardData.getData("text/plain"));
    const raw = event.clipboardData.getData("text/plain");
    if (lines.length < 2 && !raw.includes("\t")) return;
    event.preventDefault();
    const text = textOf(row);
    const [before, after] = [text.value.slice(0, text.selectionStart), text.value.slice(text.selectionEnd)];
    write(row, before + lines[0] + (lines.length > 1 ? "" : after));
    let last = row;
    lines.slice(1).forEach((line, n) => { last = create(last, n === lines.length - 2 ? line + after : line); });
    put(last, textOf(last).value.length - after.length);
  }

  // ---- keys

  function typed(event, row) {
    const text = textOf(row);
    const [start, end, size] = [text.selectionStart, text.selectionEnd, text.value.length];
    const plain = !event.altKey && !event.ctrlKey && !event.metaKey && !event.shiftKey;
    const upwards = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (event.isComposing) return;
    if (event.key === "Enter" && plain) {
      event.preventDefault();
      const rest = text.value.slice(end);
      if (rest || start !== size) write(row, text.value.slice(0, start));
      put(create(row, rest), 0);
    } else if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      form.requestSubmit();
    } else if (event.key === "Backspace" && !size && list().children.length > 1) {
      event.preventDefault();
      remove(row);
    } else if (upwards && (event.altKey || event.ctrlKey) && !event.shiftKey) {
      event.preventDefault();
      move(row, upwards);
    } else if (upwards && plain && start === end && start === (upwards < 0 ? 0 : size)) {
      const next = upwards < 0 ? row.previousElementSibling : row.nextElementSibling;
      if (!next) return;
      event.preventDefault();
      put(next, upwards < 0 ? textOf(next).value.length : 0);
    } else if (event.key === "." && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      $("[data-use]", row)?.click();
    }
  }

  // ---- asking the server

  function touch(row) {
    changed.add(row.dataset.row);
    later();
  }

  function later(wait = PAUSE) {
    dirty = true;
    clearTimeout(waiting);
    waiting = setTimeout(ask, wait);
  }

  // Files stay where they are, and so does what only some of the buttons need.
  function fields(more) {
    const said = {};
    for (const [name, value] of new FormData(form)) {
      if (typeof value === "string" && name !== "paste") said[name] ??= value;
    }
    return JSON.stringify(Object.assign(said, more));
  }

  let asked = {}; // besides what stands in the form, until it is sent
  async function ask(more = {}) {
    if (over) return;
    Object.assign(asked, more);
    if (asking) return void later();
    clearTimeout(waiting);
    asking = true;
    dirty = false;
    document.querySelectorAll("[data-crossed]").forEach((said) => changed.add(said.dataset.said));
    const rows = changed.has("all") ? "all" : [...changed].join(",");
    const texts = new Map([...list().children].map((row) => [row.dataset.row, textOf(row).value]));
    changed.clear();
    try {
      const body = fields({ changed: rows, ...asked });
      asked = {};
      const keepalive = body.length < 20000; // what a browser still sends when its page is closed
      const headers = { "Content-Type": "application/json", "X-CSRF-Token": form.elements.csrf.value };
      const answer = await fetch(form.dataset.check, { method: "POST", body, headers, redirect: "manual", keepalive });
      if (answer.status === 403 && await renewed()) throw new TypeError("asked with an old token");
      if (answer.type === "opaqueredirect") return tell(form.dataset.signedOut, rows);
      if (!answer.ok) throw new TypeError("asked too often, or the platform is away");
      apply(await answer.text(), texts);
    } catch {
      tell(form.dataset.offline, rows);
      later(AGAIN);
    } finally {
      asking = false;
    }
  }

  function tell(text, rows) {
    rows.split(",").filter(Boolean).forEach((key) => changed.add(key));
    dirty = true;
    if (text) document.getElementById("part-saved").textContent = text;
  }

  // Somebody who signed in again has a new token.
  async function renewed() {
    const page = await fetch(location.pathname, { redirect: "manual" });
    if (!page.ok) return false;
    const token = new DOMParser().parseFromString(await page.text(), "text/html").querySelector("[name=csrf]")?.value;
    if (!token) return false;
    document.querySelectorAll("[name=csrf]").forEach((field) => { field.value = token; });
    return true;
  }

  // ---- what comes back

  function apply(html, texts) {
    const answer = document.createElement("template");
    answer.innerHTML = html;
    const held = document.activeElement !== document.body ? document.activeElement : null;
    const top = held?.getBoundingClientRect().top;
    answer.content.querySelectorAll("[data-part], [data-said]").forEach((part) => {
      const row = part.dataset.said && document.getElementById(`row-${part.dataset.said}`);
      if (part.dataset.said && (!row || textOf(row).value !== texts.get(part.dataset.said))) return;
      replace(document.getElementById(part.id), part);
    });
    answer.content.querySelectorAll("[data-echo]").forEach((drawn) => {
      const row = document.getElementById(`row-${drawn.dataset.echo}`);
      if (row && textOf(row).value === texts.get(drawn.dataset.echo)) $(".req-echo", row).replaceChildren(drawn.content);
    });
    known();
    mark();
    // What grew above the line that is being written must not push it away.
    const moved = held?.isConnected ? held.getBoundingClientRect().top - top : 0;
    if (Math.abs(moved) > 1 && held.matches("input, select, textarea")) scrollBy(0, moved);
  }

  function replace(old, part) {
    if (!old || old.outerHTML === part.outerHTML) return;
    if (old.matches("[role=status]")) return old.replaceChildren(...part.childNodes); // as only what stays is read out
    const before = [...old.querySelectorAll("details")];
    const held = old.contains(document.activeElement) ? document.activeElement : null;
    if (held?.matches("input, select, textarea")) {
      const gaps = part.querySelector(".req-gaps");
      if (gaps) old.querySelector(".req-gaps")?.replaceWith(gaps);
      return;
    }
    part.querySelectorAll("details").forEach((one, n) => {
      const same = one.id ? before.find((other) => other.id === one.id) : before[n];
      if (same) one.open = same.open || one.matches(".req-read") && one.open;
    });
    const stops = [...old.querySelectorAll("a, button, summary")];
    old.replaceWith(part);
    if (held) {
      const now = [...part.querySelectorAll("a, button, summary")];
      now[Math.min(stops.indexOf(held), now.length - 1)]?.focus({ preventScroll: true });
    }
  }

  // The draft's version, and its address: a reload goes on with it.
  function known() {
    const saved = document.getElementById("part-saved");
    if (!saved?.dataset.version || "elsewhere" in saved.dataset) return;
    form.elements.draft_version.value = saved.dataset.version;
    const here = new URL(location.href);
    if (here.searchParams.get("draft") === form.elements.draft.value) return;
    here.searchParams.set("draft", form.elements.draft.value);
    here.pathname = form.getAttribute("action");
    history.replaceState(history.state, "", here);
  }

  // ---- buttons that the server answers with a part of the page

  async function swap(button) {
    const body = new FormData(form, button);
    if (button.value !== "bring.file") body.delete("bring.file");
    const answer = await fetch(form.action, { method: "POST", body, redirect: "manual" }).catch(() => null);
    if (!answer || ![200, 422].includes(answer.status)) return void form.requestSubmit(button);
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const id = button.dataset.act;
    const old = document.getElementById(id), part = page.getElementById(id);
    const names = new Set([...old.querySelectorAll("[name]")].map((field) => field.name + field.value));
    old.replaceWith(document.adoptNode(part));
    const saved = page.getElementById("part-saved");
    if (saved) document.getElementById("part-saved").replaceWith(document.adoptNode(saved));
    known();
    const fresh = [...part.querySelectorAll("input:not([type=hidden]), select, textarea")].find((field) => field.name && !names.has(field.name + field.value));
    (part.querySelector("[aria-invalid]") ?? fresh ?? part.querySelector("input, textarea, button"))?.focus();
    changed.add("all");
    watch();
    reveal();
    later(0);
  }

  // A file that has arrived is attached at once.
  function watch() {
    const uploads = $("#attach [data-upload-list]");
    if (!uploads) return;
    new MutationObserver((_, observer) => {
      const cards = [...uploads.children];
      if (!cards.some((card) => card.matches(".arrived")) || cards.some((card) => !card.matches(".arrived, .failed"))) return;
      observer.disconnect();
      swap($("[data-attach]"));
    }).observe(uploads, { subtree: true, attributes: true, attributeFilter: ["class"] });
  }

  // ---- one listener for each kind of thing

  form.addEventListener("input", (event) => {
    const row = rowOf(event.target);
    if (row && event.target.matches("textarea")) echo(row, event.target.value);
    if (row) touch(row);
    else if (!event.target.matches("[name=paste], [name=library], [type=file]")) later();
  });

  form.addEventListener("change", (event) => {
    const { target } = event;
    if (target.matches("[name^='attachments.'], [name=category]")) changed.add("all");
    if (target.matches("[data-market]") && target.value && target === [...$("#markets").querySelectorAll("[data-market]")].pop()) oneMoreMarket(target);
    if (target.matches("[type=checkbox], [type=radio], select")) later();
  });

  function oneMoreMarket(last) {
    const n = $("#markets").querySelectorAll("[data-market]").length - 1;
    const next = last.cloneNode(true), label = $("#markets label.further").cloneNode(true);
    next.id = next.name = label.htmlFor = `further_markets.${n}`;
    next.querySelector("option").textContent = $("#markets [name='further_markets.0'] option").textContent;
    next.value = "";
    last.after(label, next);
  }

  form.addEventListener("keydown", (event) => {
    const row = event.target.matches("[data-row] textarea") && rowOf(event.target);
    if (row) typed(event, row);
  });

  form.addEventListener("paste", (event) => {
    const row = event.target.matches("[data-row] textarea") && rowOf(event.target);
    if (row) paste(event, row);
  });

  form.addEventListener("toggle", (event) => {
    const button = event.target.open && $("[data-correct]", event.target);
    if (button) button.click();
  }, true);

  const presses = {
    use: (button, row) => { hidden(row, "was", textOf(row).value); write(row, button.dataset.use); put(row); },
    undo: (button, row) => {
      write(row, $(`[name="requirements.${row.dataset.row}.was"]`, row).value);
      hidden(row, "was", "");
      put(row);
    },
    remove: (button, row) => remove(row),
    move: (button, row) => move(row, Number(button.dataset.move)),
    correct: (button) => { changed.add(button.dataset.correct); ask({ correct: button.dataset.correct }); },
    add: (button) => append(button.dataset.add, button.dataset.duty),
    addAll: () => document.querySelectorAll("#part-duties [data-add]").forEach((one) => append(one.dataset.add, one.dataset.duty)),
    more: () => put(create(list().lastElementChild)),
    set: (button) => { $(`[name="${button.dataset.set}"]`).value = button.dataset.value; changed.add("all"); later(0); },
    act: (button) => swap(button),
    keys: () => document.getElementById("editor-keys").showModal(),
    keep: () => ask({ keep: "yes" }),
  };

  form.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    const act = button && Object.keys(presses).find((name) => name in button.dataset);
    if (!act) return;
    event.preventDefault();
    presses[act](button, rowOf(button));
  });

  // Rows go by their keys, unless it is said in which order they stand.
  form.addEventListener("formdata", (event) => event.formData.set("requirements.order", keys().join(",")));

  form.addEventListener("submit", () => {
    over = true;
    clearTimeout(waiting);
  });
  addEventListener("pageshow", () => { over = false; });
  addEventListener("online", () => dirty && later(0));
  document.addEventListener("visibilitychange", () => { if (dirty && !asking) ask(); });

  // ---- where one is

  let at = "";
  function mark() {
    form.querySelectorAll(".outline a").forEach((link) => {
      if (link.hash === `#${at}`) link.setAttribute("aria-current", "location");
      else link.removeAttribute("aria-current");
    });
    const strip = $(".outline"), here = $(".outline [aria-current]");
    if (here && strip.scrollWidth > strip.clientWidth) strip.scrollLeft = here.offsetLeft - strip.clientWidth / 3;
  }
  const seen = new IntersectionObserver((sections) => {
    sections.filter((one) => one.isIntersecting).forEach((one) => { at = one.target.id; });
    mark();
  }, { rootMargin: "-20% 0px -70% 0px" });

  function reveal() {
    form.querySelectorAll(".scripted").forEach((one) => { one.hidden = false; });
    form.querySelectorAll(".scriptless").forEach((one) => { one.hidden = true; });
    form.querySelectorAll("section[id]").forEach((section) => seen.observe(section));
  }
  reveal();
  watch();
})();
