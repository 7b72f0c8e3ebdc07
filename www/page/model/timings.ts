/** What "auto" has measured on this machine, for the next visit. */

import type { Backend, BackendTiming } from "../../src/index.ts";

const STORE = "unnoise.timings";
/** The most that are kept; the oldest go. */
const MOST = 40;
/** How long one counts: a newer browser may compute at another speed. In milliseconds: 30 days. */
const LIFE_MS = 30 * 24 * 3600 * 1000;

/** One, and when it was measured, in milliseconds since 1970. */
interface Kept extends BackendTiming {
  at: number;
}

/** What is kept of earlier visits. */
export function keptTimings(): Kept[] {
  try {
    const stored: unknown = JSON.parse(localStorage.getItem(STORE) ?? "[]");
    // What else may be wrong with one the library looks at.
    const isYoung = (one: Kept | null) => Math.abs(Date.now() - (one?.at ?? 0)) < LIFE_MS;
    return Array.isArray(stored) ? stored.filter(isYoung) : [];
  } catch {
    return [];
  }
}

/** Keeps what a back end was chosen by, unless that is known already. */
export function keepTiming({ timing }: Backend): void {
  if (!timing || "at" in timing) return;
  try {
    localStorage.setItem(STORE, JSON.stringify([...keptTimings(), { ...timing, at: Date.now() }].slice(-MOST)));
  } catch {
    // Storage is full or forbidden: the next visit measures again.
  }
}
