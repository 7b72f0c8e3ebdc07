/** Where this code runs: a page or a worker. */

/** What may be there; which of it, the place decides. */
interface Place {
  document?: { baseURI: string };
  location?: { href: string };
}

const place: Place = globalThis;

/** What relative addresses are relative to; undefined where nothing is, as in a worker that was made of a `data:` address. */
export function base(): string | undefined {
  const address = place.document?.baseURI ?? place.location?.href ?? "";
  // A worker that was made of a blob has its page's origin, and no folder.
  const plain = address.replace(/^blob:/, "");
  return URL.canParse("./", plain) ? plain : undefined;
}
