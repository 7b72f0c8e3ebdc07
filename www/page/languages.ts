/** The choice of a language: kept for the next visit. The page is loaded anew, and makes the same pictures again. */

import { find } from "./dom.ts";
import type { Trail } from "./trail/trail.ts";

/** Connects the choice. `trail` writes what the page shows, or what its controls ask for, into the address. */
export function connectLanguage(trail: Trail): void {
  const choice = find("language", HTMLSelectElement);
  choice.addEventListener("change", async () => {
    await trail.write();
    const address = new URL(location.href);
    address.searchParams.delete("lang");
    try {
      localStorage.setItem("unnoise.language", choice.value);
    } catch {
      // Where the browser stores nothing, the address says it.
      address.searchParams.set("lang", choice.value);
    }
    history.replaceState(history.state, "", address);
    location.reload();
  });
}
