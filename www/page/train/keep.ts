/** What is learnt, kept in the browser's storage between visits. A browser that keeps nothing is none's concern. */

import { createStore, del, entries, get, set } from "idb-keyval";

let store: ReturnType<typeof createStore> | undefined;

function storage() {
  store ??= createStore("unnoise-train", "trainings");
  return store;
}

/** Keeps a value under a name, in place of the one before; false where the browser keeps nothing. */
export async function keep(name: string, value: object): Promise<boolean> {
  try {
    await set(name, value, storage());
    return true;
  } catch {
    return false;
  }
}

/** What was kept under a name; undefined where there is nothing. */
export async function kept<T>(name: string): Promise<T | undefined> {
  try {
    return await get<T>(name, storage());
  } catch {
    return undefined;
  }
}

/** All that was kept under names that begin so. */
export async function allKept<T>(beginning: string): Promise<[name: string, value: T][]> {
  try {
    return (await entries<string, T>(storage())).filter(([name]) => name.startsWith(beginning));
  } catch {
    return [];
  }
}

/** Forgets what was kept under a name. */
export async function forget(name: string): Promise<void> {
  await del(name, storage()).catch(() => {});
}
