/** The choice of a language: kept for the next visit. The page is loaded anew, and makes the same pictures again. */

import { find } from "./dom.ts";
import type { Shared } from "./share/sheet.ts";

/** Connects the choice. `shared` is what the page shows, or what its controls ask for. */
export function connectLanguage(shared: () => Promise<Shared | undefined>): void {
  const choice = find("language", HTMLSelectElement);
  choice.addEventListener("change", async () => {
    const address = new URL(await addressOf(shared));
    address.searchParams.delete("lang");
    try {
      localStorage.setItem("unnoise.language", choice.value);
    } catch {
      // Where the browser stores nothing, the address says it.
      address.searchParams.set("lang", choice.value);
    }
    history.replaceState(null, "", address);
    location.reload();
  });
}

/** A link to what is shared, in the same view; the address as it is where nothing can be. */
async function addressOf(shared: () => Promise<Shared | undefined>): Promise<string> {
  const { hash, href } = location;
  try {
    const now = await shared();
    if (!now) return href;
    const { linkTo, parametersOf } = await import("./sheets-later.ts");
    return Object.assign(new URL(linkTo(parametersOf(now.made))), { hash }).href;
  } catch {
    return href;
  }
}
