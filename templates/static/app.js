// What the pages do beyond HTML: keys, entries that survive an expired session, progress of uploads and
// of long work, selecting all rows. Everything works without it, and every text stands in the page.
"use strict";
(() => {
  const find = (selector, from = document) => from.querySelector(selector);
  const all = (selector, from = document) => [...from.querySelectorAll(selector)];

  // --- entries that were not saved, kept in this tab: by account, form and what the form is about ---
  const PREFIX = "espalier:";
  const SENT = `${PREFIX}sent`;
  const ALWAYS_NEW = ["csrf", "once", "row_version"];
  const NEVER_KEPT = ["hidden", "password", "file", "submit", "button", "reset", "fieldset"];
  const account = () => document.body.dataset.account;

  // A browser may refuse the storage; then nothing is kept.
  const usable = (ofWindow) => {
    try {
      window[ofWindow].getItem(SENT);
      return window[ofWindow];
    } catch {
      return { getItem: () => null, setItem() {}, removeItem() {}, length: 0, key: () => null };
    }
  };
  const storage = usable("sessionStorage");
  const keep = (key, value) => {
    try {
      storage.setItem(key, value);
    } catch {
      // Full: what is typed still stands in the page.
    }
  };

  const keyOf = (form) => {
    const about = all("input[type=hidden]", form)
      .filter((input) => !ALWAYS_NEW.includes(input.name))
      .map((input) => `${input.name}=${input.value}`);
    return `${PREFIX}${account()}:${form.getAttribute("action")}?${about.join("&")}`;
  };
  const isBox = (field) => field.type === "checkbox" || field.type === "radio";
  const fields = (form) => [...form.elements].filter((field) => field.name && !NEVER_KEPT.includes(field.type));
  const entries = (form) =>
    JSON.stringify(fields(form).map((field) => [field.name, isBox(field) ? field.checked : field.value]));
  const restore = (form, kept) => {
    const values = JSON.parse(kept);
    fields(form).forEach((field, at) => {
      const [name, value] = values[at] ?? [];
      if (name !== field.name) return;
      if (isBox(field)) field.checked = value;
      else field.value = value;
    });
  };

  const asServed = new WeakMap();
  const offerEntries = () => {
    if (!account()) {
      // The sign-in page: what was sent did not arrive, so it stays.
      storage.removeItem(SENT);
      return;
    }
    const sent = storage.getItem(SENT);
    if (sent && find(".said")) storage.removeItem(sent);
    storage.removeItem(SENT);
    for (const form of all("form[data-keep]")) {
      const served = entries(form);
      asServed.set(form, served);
      const key = keyOf(form);
      const kept = storage.getItem(key);
      if (kept === served) storage.removeItem(key);
      // A form that comes back with errors or a conflict holds what was typed.
      if (kept === null || kept === served || find(".notice", form)) continue;
      const notice = find("#unsaved").content.firstElementChild.cloneNode(true);
      const close = () => {
        notice.remove();
        find("input:not([type=hidden]), select, textarea", form)?.focus();
      };
      find("[data-restore]", notice).addEventListener("click", () => {
        restore(form, kept);
        close();
      });
      find("[data-discard]", notice).addEventListener("click", () => {
        storage.removeItem(key);
        close();
      });
      form.prepend(notice);
    }
  };
  const keepEntries = (event) => {
    const form = event.target.form;
    if (!form?.matches("[data-keep]") || !account()) return;
    const now = entries(form);
    if (now === asServed.get(form)) storage.removeItem(keyOf(form));
    else keep(keyOf(form), now);
  };
  const forgetAll = () => {
    for (let at = storage.length - 1; at >= 0; at -= 1) {
      const key = storage.key(at);
      if (key.startsWith(PREFIX)) storage.removeItem(key);
    }
  };

  // --- drafts: kept on the server two seconds after the last key and on leaving ---
  const SOON = 1500;
  const LATER = 10000;
  const drafts = new WeakMap();
  const draftOf = (form) => `${form.dataset.autosave}&quiet=yes`;
  const bodyOf = (form) => new URLSearchParams([...new FormData(form)]);
  const saveDraft = async (form) => {
    const draft = drafts.get(form);
    if (!draft?.dirty || !form.isConnected) return;
    draft.dirty = false;
    draft.stop = new AbortController();
    const note = find("[data-saved]", form);
    const options = { method: "POST", body: bodyOf(form), keepalive: true, signal: draft.stop.signal };
    const answer = await fetch(draftOf(form), options).catch(() => null);
    if (draft.sent) return;
    if (answer?.ok && !answer.redirected) {
      note.textContent = await answer.text();
      return;
    }
    note.textContent = note.dataset.saved;
    draft.dirty = true;
    draft.timer = setTimeout(saveDraft, LATER, form);
  };
  const draftSoon = ({ target }) => {
    const form = target.form;
    if (!form?.matches("[data-autosave]")) return;
    const draft = drafts.get(form) ?? {};
    drafts.set(form, draft);
    draft.dirty = true;
    clearTimeout(draft.timer);
    draft.timer = setTimeout(saveDraft, SOON, form);
  };
  const draftNow = () => {
    for (const form of all("form[data-autosave]")) {
      const draft = drafts.get(form);
      if (!draft?.dirty || draft.sent) continue;
      clearTimeout(draft.timer);
      draft.dirty = !navigator.sendBeacon(draftOf(form), bodyOf(form));
    }
  };
  // What is sent needs no draft, and a late one must not outlive it.
  const draftDone = (form) => {
    const draft = drafts.get(form);
    if (!draft) return;
    draft.sent = true;
    clearTimeout(draft.timer);
    draft.stop?.abort();
  };

  // --- uploads show how far they are ---
  const upload = (form, submitter) => {
    const bar = find("progress", form);
    const request = new XMLHttpRequest();
    request.open("POST", form.getAttribute("action"));
    request.upload.addEventListener("progress", ({ loaded, total }) => {
      bar.max = total;
      bar.value = loaded;
    });
    request.addEventListener("load", () => {
      const page = new DOMParser().parseFromString(request.responseText, "text/html");
      history.replaceState(null, "", request.responseURL);
      document.title = page.title;
      document.body.replaceWith(page.body);
      scrollTo(0, 0);
      start();
      find("[autofocus]")?.focus();
    });
    // The plain way; the once-only value keeps a second arrival from counting.
    request.addEventListener("error", () => HTMLFormElement.prototype.submit.call(form));
    const body = new FormData(form, submitter);
    bar.hidden = false;
    if (submitter) submitter.disabled = true;
    request.send(body);
  };

  // --- long work: the part of the page that says how far it is, until it is done ---
  const followProgress = () => {
    const part = find("#progress[data-refresh]");
    if (!part) return;
    setTimeout(async () => {
      if (!part.isConnected) return;
      const answer = document.hidden ? null : await fetch(location.href).catch(() => null);
      if (answer?.ok) {
        const page = new DOMParser().parseFromString(await answer.text(), "text/html");
        const next = find("#progress[data-refresh]", page);
        if (!next || answer.redirected) {
          location.replace(answer.url);
          return;
        }
        part.replaceWith(next);
      }
      followProgress();
    }, 1000 * part.dataset.refresh);
  };

  // --- shortcuts of a single key, which whoever dictates must be able to turn off (WCAG 2.1.4) ---
  const SHORTCUTS = `${PREFIX}shortcuts`;
  const device = usable("localStorage");
  const shortcutsOff = () => device.getItem(SHORTCUTS) === "off";

  const start = () => {
    offerEntries();
    followProgress();
    for (const box of all("[data-all]")) box.hidden = false;
    const shortcuts = find("#shortcuts");
    if (shortcuts) shortcuts.checked = !shortcutsOff();
  };

  document.addEventListener("input", keepEntries);
  document.addEventListener("input", draftSoon);
  document.addEventListener("visibilitychange", () => document.hidden && draftNow());
  addEventListener("pagehide", draftNow);
  document.addEventListener("change", ({ target }) => {
    if (target.matches("#shortcuts")) device.setItem(SHORTCUTS, target.checked ? "on" : "off");
    if (!target.matches("[data-all]")) return;
    for (const box of all("input[name=selected]", target.closest("table"))) box.checked = target.checked;
  });
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.matches("[data-sign-out]")) forgetAll();
    draftDone(form);
    if (form.matches("[data-keep]") && account()) keep(SENT, keyOf(form));
    if (form.matches("[data-upload]")) {
      event.preventDefault();
      upload(form, event.submitter);
    }
  });
  document.addEventListener("keydown", (event) => {
    const typing = event.target.matches("input, select, textarea");
    if (typing || event.ctrlKey || event.metaKey || event.altKey || shortcutsOff()) return;
    if (event.key === "/") {
      const search = find("#goto");
      if (!search) return;
      event.preventDefault();
      if (search.checkVisibility()) search.focus();
      else location.assign(search.form.action);
    } else if (event.key === "?") {
      find("#keys")?.togglePopover();
    }
  });
  start();
})();
