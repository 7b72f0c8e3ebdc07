// Parts of the pictures that the room "Train" learns: the sprites, the pixel editor, the choice of a network, and the zip.
import assert from "node:assert/strict";
import { test } from "node:test";
import { unzipSync } from "fflate";
import { pageParts } from "./page-pictures.mjs";

const names = ["sprites", "editor", "networks", "zip"];
const parts = await pageParts(...names.map((name) => `train/pictures/${name}`));
const { sprites, KINDS, SIDE, GROUND, Editor, chosenFor, networkOf, WIDTHS, zipped } = parts;

test("the sprites are of 16 x 16 pixels in [-1, 1], each another one, so many of each kind, and decided by the seed", () => {
  const all = sprites(12, 1);
  assert.deepEqual(
    all.map(({ kind }) => kind),
    KINDS.flatMap((_, kind) => new Array(12).fill(kind)),
  );
  for (const { x } of all) {
    assert.equal(x.length, 3 * SIDE * SIDE);
    assert.ok(x.every((value) => value >= -1 && value <= 1));
    // The corners are ground, and the middle is not.
    for (const corner of [0, SIDE - 1]) assert.ok(Math.abs(x[corner] - (2 * GROUND[0] - 1)) < 1e-6);
    const middle = 8 * SIDE + 8;
    assert.ok([0, 1, 2].some((c) => Math.abs(x[c * SIDE * SIDE + middle] - (2 * GROUND[c] - 1)) > 0.1));
  }
  assert.ok(new Set(all.map(({ x }) => x.join())).size > 40, "nearly all of them differ");
  assert.deepEqual(sprites(12, 1), all);
  assert.notDeepEqual(sprites(12, 2), all);
});

const SHAPE = [3, SIDE, SIDE];
const drawnBy = (editor) => [...editor.pixels.value];

test("the editor draws, erases, fills up to what is of another colour, mirrors, and takes each back", () => {
  const editor = new Editor(SHAPE);
  editor.begin();
  for (let i = 0; i < SIDE; i++) editor.touch(i, 3);
  assert.equal(drawnBy(editor).filter((colour) => colour === 3).length, SIDE);
  editor.tool.value = "fill";
  editor.colour.value = "5";
  editor.begin();
  editor.touch(0, 0);
  assert.equal(drawnBy(editor).filter((colour) => colour === 5).length, 3 * SIDE, "the three rows above the line");
  editor.tool.value = "eraser";
  editor.begin();
  editor.touch(2, 3);
  assert.equal(editor.pixels.value[3 * SIDE + 2], 0);
  editor.flip();
  assert.equal(editor.pixels.value[3 * SIDE + SIDE - 3], 0);
  assert.equal(editor.pixels.value[3 * SIDE + 2], 3);
  for (let i = 0; i < 3; i++) editor.undo();
  assert.deepEqual(
    drawnBy(editor).filter((colour) => colour === 5),
    [],
  );
  editor.undo();
  editor.undo();
  assert.ok(drawnBy(editor).every((colour) => colour === 0));
});

test("what is drawn is a picture of the palette's colours", () => {
  const editor = new Editor(SHAPE);
  editor.touch(1, 0);
  const { floats, palette } = editor;
  const at = (pixel) =>
    [0, 1, 2].map((c) =>
      Math.round(127.5 * (floats[c * SIDE * SIDE + pixel] + 1))
        .toString(16)
        .padStart(2, "0"),
    );
  assert.equal(`#${at(1).join("")}`, palette[3]);
  assert.equal(`#${at(0).join("")}`, palette[0]);
});

test("more time and a faster machine get a larger network, and a slow one the smallest", () => {
  const widths = [
    [60, 400],
    [60, 10],
    [300, 10],
    [900, 10],
  ].map((given) => chosenFor(...given).width);
  assert.deepEqual(
    widths,
    widths.toSorted((a, b) => a - b),
  );
  assert.equal(widths[0], WIDTHS[0]);
  assert.equal(widths.at(-1), WIDTHS.at(-1));
  assert.deepEqual(chosenFor(100, 20), { width: 16, steps: 4000 });
  for (const width of WIDTHS) assert.deepEqual(networkOf(width).block_out_channels, [width, 2 * width, 2 * width]);
});

test("a model is one zip in diffusers' layout", async () => {
  const files = {
    config: { sample_size: 16 },
    weights: new Blob([Uint8Array.of(1, 2, 3)]),
    scheduler: { num_train_timesteps: 1000 },
    labels: ["a", "no class"],
  };
  const entries = unzipSync(new Uint8Array(await (await zipped(files)).arrayBuffer()));
  const json = (name) => JSON.parse(new TextDecoder().decode(entries[name]));
  assert.deepEqual(Object.keys(entries).sort(), [
    "labels.json",
    "scheduler/scheduler_config.json",
    "unet/config.json",
    "unet/diffusion_pytorch_model.safetensors",
  ]);
  assert.deepEqual([...entries["unet/diffusion_pytorch_model.safetensors"]], [1, 2, 3]);
  assert.deepEqual(json("unet/config.json"), files.config);
  assert.deepEqual(json("scheduler/scheduler_config.json"), files.scheduler);
  assert.deepEqual(json("labels.json"), files.labels);
});
