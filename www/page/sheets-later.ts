/** What of Share and Save is fetched when the first of them is wanted: one file. */

export { settingsIn } from "./save/restore.ts";
export { SaveSheet } from "./save/sheet.ts";
export { linkTo, parametersOf } from "./share/link.ts";
export { ShareSheet } from "./share/sheet.ts";
