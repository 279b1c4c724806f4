// Sends files while their form is still being filled in: in slices, on a line that may break, and on again where
// it stopped, also after the page was loaded anew. Without this file the form itself brings them.
(() => {
  "use strict";
  const ADDRESS = "/files/uploads";
  const SLICE = 4 * 1024 * 1024;
  const WAITS = [1, 2, 4, 8, 15, 30]; // seconds before each new try
  const LASTS = 24 * 3600 * 1000; // as long as the server keeps an upload, in milliseconds
  const MEMORY = "upload:";
  const tasks = new Set(); // under way
  let queue = Promise.resolve(); // one file after the other: they share one line

  // What is remembered of uploads that have not arrived. A browser may have no storage to give.
  const memory = {
    read(key) {
      try { return JSON.parse(localStorage.getItem(key)); } catch { return null; }
    },
    write(key, value) {
      try { localStorage.setItem(key, JSON.stringify(value)); } catch { /* then it begins anew after a reload */ }
    },
    drop(key) {
      try { localStorage.removeItem(key); } catch { /* nothing was kept */ }
    },
    keys(place) {
      try { return Object.keys(localStorage).filter((key) => key.startsWith(`${MEMORY}${place}:`)); } catch { return []; }
    },
  };

  function call(task, method, path, body, headers = {}) {
    return new Promise((resolve) => {
      const request = new XMLHttpRequest();
      const broken = () => resolve({ status: 0, answer: null });
      task.request = request;
      request.open(method, path);
      request.setRequestHeader("X-CSRF-Token", task.csrf);
      Object.entries(headers).forEach(([name, value]) => request.setRequestHeader(name, value));
      if (method === "PATCH") request.upload.onprogress = (event) => draw(task, task.received + event.loaded);
      request.timeout = 120_000;
      request.onerror = request.onabort = request.ontimeout = broken;
      request.onload = () => {
        let answer = null;
        try { answer = JSON.parse(request.responseText); } catch { /* a page: somebody is signed out */ }
        resolve({ status: request.status, answer });
      };
      request.send(body);
    });
  }

  // The next request: to begin, to ask how far it is, or to send a slice. An empty slice at the end asks the
  // server to finish what it had begun to.
  function step(task) {
    const { file, place } = task;
    if (!task.id) {
      const said = { ...Object.fromEntries(new URLSearchParams(place)), name: file.name, size: file.size, type: file.type };
      return call(task, "POST", ADDRESS, JSON.stringify(said), { "Content-Type": "application/json" });
    }
    if (!task.sure) return call(task, "GET", `${ADDRESS}/${task.id}`);
    const slice = file.slice(task.received, task.received + SLICE);
    const headers = { "Content-Type": "application/offset+octet-stream", "Upload-Offset": String(task.received) };
    return call(task, "PATCH", `${ADDRESS}/${task.id}`, slice, headers);
  }

  async function send(task) {
    let tries = 0;
    while (!task.over) {
      const { status, answer } = await step(task);
      if (task.over) return;
      if (status === 0 || status === 429 || status >= 500) {
        task.sure = false;
        state(task, answer?.message ?? task.say.waiting);
        await pause(task, WAITS[Math.min(tries, WAITS.length - 1)]);
        tries += 1;
      } else if (status === 404 && task.id && !task.anew) {
        forget(task); // its time was over: once more, from the beginning
      } else if (answer && (status === 200 || status === 409)) {
        if (answer.received > task.received) tries = 0;
        Object.assign(task, { id: answer.id ?? task.id, received: answer.received, sure: true });
        memory.write(task.key, { id: task.id, name: task.file.name, at: Date.now() });
        if (answer.sha256) return arrived(task, answer);
        draw(task, task.received);
      } else {
        return failed(task, answer?.message ?? task.say.signedOut);
      }
    }
  }

  // Ends early when the browser finds its line again, or the file is left out.
  function pause(task, seconds) {
    return new Promise((resolve) => {
      task.wake = resolve;
      setTimeout(resolve, seconds * 1000);
      addEventListener("online", resolve, { once: true });
    });
  }

  function forget(task) {
    memory.drop(task.key);
    Object.assign(task, { id: null, received: 0, sure: true, anew: true });
  }

  const named = (text, values) => text.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);

  function announce(task, text) {
    task.field.querySelector("[data-upload-said]").textContent = text;
  }

  function state(task, text) {
    task.card.querySelector("[data-state]").textContent = text;
  }

  function draw(task, sent) {
    const percent = Math.floor((sent * 100) / task.file.size);
    task.card.querySelector("progress").value = percent;
    state(task, `${Math.min(percent, 100)} %`);
  }

  function hidden(name, value) {
    return Object.assign(document.createElement("input"), { type: "hidden", name, value });
  }

  function arrived(task, answer) {
    memory.drop(task.key);
    task.card.classList.add("arrived");
    task.card.querySelector("progress").hidden = true;
    task.card.append(hidden("file", answer.sha256), hidden("file_name", answer.name));
    task.card.querySelector("bdi").textContent = answer.name;
    state(task, answer.size);
    announce(task, named(task.say.arrived, { name: answer.name }));
    end(task);
  }

  function failed(task, why) {
    if (task.id && why !== task.say.signedOut) memory.drop(task.key);
    task.card.classList.add("failed");
    task.card.querySelector("progress").hidden = true;
    state(task, why);
    announce(task, named(task.say.failed, { name: task.file.name, why }));
    task.form.uploadHeld = null; // what waited for this file is for its reader to decide
    end(task);
  }

  function end(task) {
    task.over = true;
    tasks.delete(task);
    const { form } = task;
    const pending = [...tasks].some((other) => other.form === form);
    if (pending || !form.querySelector("[data-upload-list] .arrived")) return;
    if (form.uploadHeld || (task.input.matches("[data-alone]") && !form.querySelector(".failed"))) {
      form.requestSubmit(form.uploadHeld?.submitter ?? undefined);
    }
  }

  function leaveOut(card) {
    const task = [...tasks].find((one) => one.card === card);
    const field = card.closest("[data-upload-field]");
    if (task) {
      const { id } = task;
      task.over = true;
      task.request?.abort();
      task.wake?.();
      memory.drop(task.key);
      if (id) call(task, "DELETE", `${ADDRESS}/${id}`);
      end(task);
    }
    const next = card.nextElementSibling ?? card.previousElementSibling;
    card.remove();
    const input = field.querySelector("[data-upload]");
    input.required = "needed" in input.dataset && !field.querySelector("[data-upload-list] .file");
    (next?.querySelector("button") ?? input).focus();
  }

  function take(input, file) {
    const field = input.closest("[data-upload-field]");
    const card = field.querySelector("[data-upload-card]").content.firstElementChild.cloneNode(true);
    const place = input.dataset.for;
    const key = `${MEMORY}${place}:${file.name}:${file.size}:${file.lastModified}`;
    const button = card.querySelector("[data-leave-out]");
    card.querySelector(".file-kind").textContent = file.name.includes(".") ? file.name.split(".").pop().slice(0, 4) : "?";
    card.querySelector("bdi").textContent = file.name;
    button.setAttribute("aria-label", named(button.getAttribute("aria-label"), { name: file.name }));
    field.querySelector("[data-upload-list]").append(card);
    const task = {
      input, field, card, file, place, key, form: input.form, say: field.dataset, csrf: input.form.elements.csrf.value,
      id: memory.read(key)?.id ?? null, received: 0, sure: false, over: false, anew: false,
    };
    tasks.add(task);
    queue = queue.then(() => send(task));
  }

  // Chosen files are named to whoever looks, and the box is empty again: the form must not bring them twice.
  document.addEventListener("change", (event) => {
    const input = event.target;
    if (!input.matches("input[type=file][data-upload]") || !input.files.length) return;
    if (input.required) input.dataset.needed = "";
    input.required = false;
    [...input.files].forEach((file) => take(input, file));
    input.value = "";
    unfinished();
  });

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-leave-out]");
    if (button) leaveOut(button.closest(".file"));
  });

  // A form waits for its files, and then goes by itself.
  document.addEventListener("submit", (event) => {
    const task = [...tasks].find((one) => one.form === event.target);
    if (!task) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    task.form.uploadHeld = { submitter: event.submitter };
    announce(task, task.say.hold);
    state(task, task.say.hold);
  }, true);

  // What a reload has cut off can go on, but only its owner can give the file to the browser again.
  function unfinished() {
    const going = new Set([...tasks].map((task) => task.key));
    document.querySelectorAll("[data-upload]").forEach((input) => {
      const field = input.closest("[data-upload-field]");
      const hint = field.querySelector("[data-upload-unfinished]");
      const names = memory.keys(input.dataset.for).filter((key) => !going.has(key)).flatMap((key) => {
        const kept = memory.read(key);
        if (kept && Date.now() - kept.at < LASTS) return [kept.name];
        memory.drop(key);
        return [];
      });
      hint.hidden = !names.length;
      hint.textContent = named(field.dataset.unfinished, { names: names.join(", ") });
    });
  }
  unfinished();
})();
