// Every step of a run, side by side: noise at the upper left, a boot at the lower right.
// To run it: `./build.sh package` at the root of the repository, then `npm install` and `npm run dev` here.
import { Diffuser } from "unnoise";

const BOOT = 9;
const STEPS = 24;

const film = document.getElementById("film");
const said = document.getElementById("said");
const again = document.getElementById("again");

/** A canvas of an ImageData's own size. */
function picture(image, name) {
  const canvas = document.createElement("canvas");
  Object.assign(canvas, { width: image.width, height: image.height, ariaLabel: name, role: "img" });
  canvas.getContext("2d").putImageData(image, 0, 0);
  return canvas;
}

async function draw(model, seed) {
  again.disabled = true;
  film.replaceChildren();
  for await (const step of model.sample({ sampler: "ddim", steps: STEPS, seed, labels: [BOOT] })) {
    const frame = document.createElement("li");
    frame.append(picture(step.rgba("xt"), `after step ${step.index + 1}`));
    film.append(frame);
    said.value = `Seed ${seed}, step ${step.index + 1} of ${step.steps}`;
  }
  again.disabled = false;
}

async function main() {
  const diffuser = await Diffuser.create();
  const model = await diffuser.load(`${import.meta.env.BASE_URL}models/fashion-mnist/`);
  let seed = 7;
  again.onclick = () => draw(model, ++seed);
  await draw(model, seed);
}

main().catch((error) => {
  said.value = error.message;
});
