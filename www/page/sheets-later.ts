/** What of Share and Save is fetched when the first of them is wanted: one file. */

export { settingsIn } from "./export/restore.ts";
export { SaveSheet } from "./export/save.ts";
export { ShareSheet } from "./share.ts";
