// One image of each class, in one run. Each canvas shows the predicted image.
// To run it: `./build.sh package` at the root of the repository, then `npm install` and `npm run build` here; serve dist/.
import { Diffuser } from "unnoise";

const STEPS = 20;

const rack = document.getElementById("rack");
const said = document.getElementById("said");
const again = document.getElementById("again");

/** One canvas per class, with its name below it. */
function hang(names, [, height, width]) {
  const canvases = names.map((name) => {
    const canvas = document.createElement("canvas");
    Object.assign(canvas, { width, height, ariaLabel: name, role: "img" });
    const place = document.createElement("li");
    place.append(canvas, name);
    rack.append(place);
    return canvas.getContext("2d");
  });
  return (step) => {
    for (const [image, canvas] of canvases.entries()) canvas.putImageData(step.rgba("x0", image), 0, 0);
  };
}

async function draw(model, labels, seed, show) {
  again.disabled = true;
  const run = model.sample({ sampler: "analytic-ddpm", steps: STEPS, seed, batch: labels.length, labels });
  for await (const step of run) {
    show(step);
    said.value = `Seed ${seed}, step ${step.index + 1} of ${step.steps}`;
  }
  again.disabled = false;
}

async function start() {
  const diffuser = await Diffuser.create();
  const model = await diffuser.load("./models/fashion-mnist/");
  const labels = model.info.labels.map((_, label) => label).filter((label) => label !== model.info.noClass);
  const show = hang(
    labels.map((label) => model.info.labels[label]),
    model.info.shape,
  );
  let seed = 7;
  again.onclick = () => draw(model, labels, ++seed, show);
  await draw(model, labels, seed, show);
}

start().catch((error) => {
  said.value = error.message;
});
