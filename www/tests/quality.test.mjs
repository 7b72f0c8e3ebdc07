// The clothes begin with the sampler whose pictures are the nearest to the test images at the first sample's count of steps.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";

const read = (path) => readFile(new URL(`../../${path}`, import.meta.url), "utf8");

test("the clothes begin with the best sampler of docs/quality.md", async () => {
  const { rows } = JSON.parse(await read("docs/quality.json"));
  const settings = await read("www/page/settings.ts");
  const steps = Number(/FIRST_SAMPLE = \{.*steps: (\d+)/.exec(settings)?.[1]);
  const at = ({ cells }) => cells.find((cell) => cell.steps === steps)?.distance ?? Number.NaN;
  const [best] = [...rows].sort((a, b) => at(a) - at(b));
  assert.ok(rows.every((row) => at(row) > 0));
  assert.equal(best.name, "Analytic-DDPM");
  const { sampler } = JSON.parse(await read("models/fashion-mnist/defaults.json"));
  assert.equal(sampler, "analytic-ddpm");
});

test("a thousand steps of the page's own sampler are as good as a hundred, within 1.5", async () => {
  const { long } = JSON.parse(await read("docs/quality.json"));
  const [few, many] = long.distances;
  assert.deepEqual(long.steps, [100, 1000]);
  assert.ok(few > 0 && many - few < 1.5, `${many} beside ${few}`);
});
