/** The title of the page's tab: how far a run is that takes long, for those who look at another tab meanwhile. */

import { percent, t } from "../texts.ts";

/** A run that is shorter is not worth a word, in milliseconds. */
const LONG_MS = 3000;

const own = document.title;
let began = 0;

/** Says how far it is, from 0 to 1; undefined when nothing runs. */
export function titleProgress(done: number | undefined): void {
  const long = began > 0 && performance.now() - began > LONG_MS;
  if (done !== undefined) {
    if (began === 0) began = performance.now();
    if (long) document.title = t("titleRunning", { done: percent(done), title: own });
    return;
  }
  if (began === 0) return;
  began = 0;
  document.title = own;
  if (!long || !document.hidden) return;
  document.title = t("titleDone", { title: own });
  const seen = () => {
    if (began === 0) document.title = own;
  };
  document.addEventListener("visibilitychange", seen, { once: true });
}
