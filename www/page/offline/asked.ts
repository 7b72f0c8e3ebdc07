/** What the page asks of its service worker. */
export type Asked =
  /** The older version may go. The answer is how many tabs are open. */
  | { type: "take-over" }
  /** The page is of this version, and has fetched these files. */
  | { type: "adopt"; version: string; used: string[] };
