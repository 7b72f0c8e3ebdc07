/** What of Share and Save is fetched when the first of them is wanted: one file. */

export { SaveSheet, savePicture } from "./save/sheet.ts";
export { ShareSheet } from "./share/sheet.ts";
