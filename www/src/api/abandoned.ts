/** Frees what a worker holds for an object of the page, once the page has forgotten the object. */
const registry = new FinalizationRegistry<() => Promise<void>>((free) => void free());

/** Calls `free` after `owner` is collected; `free` must not hold the owner, and must not reject. */
export function whenAbandoned(owner: object, free: () => Promise<void>): void {
  registry.register(owner, free);
}
