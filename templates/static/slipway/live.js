// Asks every second how far an import came, and shows it. Without this script the page reloads as a whole.
const live = document.querySelector("[data-live]");
const EVERY = 1000;

function show(answer) {
  const parts = new DOMParser().parseFromString(answer, "text/html").querySelectorAll("[data-part]");
  for (const part of parts) {
    const shown = live.querySelector(`[data-part="${part.dataset.part}"]`);
    // Buttons stay as long as they mean the same: whoever is about to press one keeps it.
    if (shown.dataset.version === undefined || shown.dataset.version !== part.dataset.version) {
      shown.replaceWith(part);
    }
  }
}

async function look() {
  try {
    const answer = await fetch(live.dataset.live, { headers: { Accept: "text/html" }, redirect: "error" });
    if (!answer.ok) throw new Error(answer.statusText);
    show(await answer.text());
    live.classList.remove("stale");
    if (live.querySelector('[data-goes-on="no"]')) {
      location.reload();
      return;
    }
  } catch {
    live.classList.add("stale");
  }
  setTimeout(look, EVERY);
}

setTimeout(look, EVERY);
