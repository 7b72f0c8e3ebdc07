// Saves files from the page, and drops them on it.
import { readFile } from "node:fs/promises";

/** Opens Save, and waits until it shows what is on the stage. */
export async function openSave(page) {
  await page.click("#save-open");
  await page.waitForSelector("#save-png:not(:disabled)");
}

/** Saves in one way: the file's name and bytes. */
export async function saved(page, kind) {
  if (!(await page.isVisible("#save"))) await openSave(page);
  await page.waitForSelector(`#save-${kind}:not(:disabled)`);
  const [file] = await Promise.all([page.waitForEvent("download"), page.click(`#save-${kind}`)]);
  const name = file.suggestedFilename();
  await page.waitForFunction((n) => document.getElementById("save-said")?.textContent === `Saved ${n}.`, name);
  return { name, bytes: await readFile(await file.path()) };
}

/** Drops a file on the page. */
export const drop = (page, { name, bytes }, type = "image/png") =>
  page.evaluate(
    ([data, called, kind]) => {
      const transfer = new DataTransfer();
      transfer.items.add(new File([Uint8Array.from(data)], called, { type: kind }));
      for (const event of ["dragover", "drop"]) {
        const dropped = new DragEvent(event, { dataTransfer: transfer, bubbles: true, cancelable: true });
        document.getElementById("stage").dispatchEvent(dropped);
        if (!dropped.defaultPrevented) throw new Error(`${event} would leave the page`);
      }
    },
    [new Uint8Array(bytes), name, type],
  );
