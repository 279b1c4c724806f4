// Passkeys, and a guess at the time zone: what a form cannot do by itself. Buttons that need this stay hidden without it.
(() => {
  "use strict";
  const kind = window.PublicKeyCredential;
  // Browsers bind a passkey to a name, never to an address.
  const named = !/^[\d.]+$|^\[/.test(location.hostname);
  const able = named && kind && kind.parseRequestOptionsFromJSON && kind.parseCreationOptionsFromJSON;

  async function answer(form) {
    const asked = await fetch(form.dataset.passkey, { method: "POST", body: new URLSearchParams(new FormData(form)) });
    if (!asked.ok) throw new Error(asked.statusText);
    const { token, options } = await asked.json();
    const credential = options.user
      ? await navigator.credentials.create({ publicKey: kind.parseCreationOptionsFromJSON(options) })
      : await navigator.credentials.get({ publicKey: kind.parseRequestOptionsFromJSON(options) });
    form.elements.asked.value = token;
    form.elements.answer.value = JSON.stringify(credential.toJSON());
  }

  document.querySelectorAll("[data-passkey]").forEach((form) => {
    if (!able) return;
    form.hidden = false;
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      const button = form.querySelector("button"), failed = form.querySelector("[data-failed]");
      button.disabled = true;
      failed.hidden = true;
      try {
        await answer(form);
        form.submit();
      } catch {
        failed.hidden = false;
        button.disabled = false;
      }
    });
  });
  document.documentElement.classList.toggle("with-passkeys", Boolean(able));

  const zone = document.querySelector("[data-zone] select[name=zone]");
  if (zone && zone.value === "UTC") {
    const here = Intl.DateTimeFormat().resolvedOptions().timeZone;
    if ([...zone.options].some((one) => one.value === here)) zone.value = here;
  }
})();
