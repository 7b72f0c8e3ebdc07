// What the four demonstrations add to their elements: two sliders, the buttons, and the forward formula.
import { noise } from "../pkg/index.js";

/** The noise schedule that the network was trained with: DDPM's, beta linear over N steps. */
const [FIRST_BETA, LAST_BETA, N] = [0.0001, 0.02, 1000];

/** alpha-bar after t steps: how much of the picture's variance is left. */
function alphaBar(t) {
  let product = 1;
  for (let i = 0; i < t; i++) product *= 1 - (FIRST_BETA + ((LAST_BETA - FIRST_BETA) * i) / (N - 1));
  return product;
}

/** Draws a picture, or grey floats of its size: -1 for black and 1 for white. */
function draw(canvas, picture, floats = []) {
  const image = new ImageData(new Uint8ClampedArray(picture.data), picture.width);
  for (const [i, value] of floats.entries()) image.data.fill((value / 2 + 0.5) * 255, 4 * i, 4 * i + 3);
  Object.assign(canvas, { width: image.width, height: image.height });
  canvas.getContext("2d").putImageData(image, 0, 0);
}

/** q(x_t | x_0) under a slider: x_t = sqrt(alpha-bar) x_0 + sqrt(1 - alpha-bar) eps, for one draw of eps. */
function forward(figure) {
  const sampler = figure.querySelector("diffusion-sampler");
  const [canvas, time, level] = ["noised", "time", "level"].map((id) => document.getElementById(id));
  let made;
  const show = () => {
    const left = alphaBar(time.valueAsNumber);
    const [signal, spread] = [Math.sqrt(left), Math.sqrt(1 - left)];
    const x_t = made.x_0.map((value, i) => signal * value + spread * made.eps[i]);
    draw(canvas, made.picture, x_t);
    level.value = `${time.value}: ${signal.toFixed(3)} shirt + ${spread.toFixed(3)} noise`;
  };
  const take = async () => {
    const picture = sampler.current.rgba("xt");
    const eps = await noise(1, [1, 1, picture.height, picture.width]);
    made = { picture, eps, x_0: sampler.current.xt() };
    time.disabled = false;
    show();
  };
  sampler.addEventListener("complete", take);
  if (sampler.state === "complete") take();
  time.addEventListener("input", show);
}

/** A button gives all elements of a figure the same new seed. */
function reseed(figure) {
  const samplers = [...figure.querySelectorAll("diffusion-sampler")];
  const said = figure.querySelector("output");
  figure.querySelector("[data-seed]").addEventListener("click", () => {
    const seed = samplers[0].seed + 1;
    said.value = `seed ${seed}`;
    for (const sampler of samplers) {
      sampler.seed = seed;
      sampler.generate();
    }
  });
}

/** Radio buttons give all elements of a figure another sampler. */
function resample(figure) {
  figure.addEventListener("change", ({ target }) => {
    for (const sampler of figure.querySelectorAll("diffusion-sampler")) {
      sampler.sampler = target.value;
      sampler.generate();
    }
  });
}

/** The pictures between two seeds, one at a time under a slider, while they are made too. */
function between(figure) {
  const sampler = figure.querySelector("diffusion-sampler");
  const [canvas, place, second] = ["frame", "place", "second"].map((id) => document.getElementById(id));
  const said = figure.querySelector("output");
  let frames = [];
  const show = () => {
    const frame = place.valueAsNumber;
    place.setAttribute("aria-valuetext", `${frame} eighths of the way`);
    said.value = `${frame} / 8 of the way`;
    draw(canvas, frames[frame]);
  };
  sampler.addEventListener("step", ({ detail: { step } }) => {
    frames = Array.from({ length: 9 }, (_, image) => step.rgba("xt", image));
    place.disabled = false;
    show();
  });
  place.addEventListener("input", show);
  figure.querySelector("[data-seed]").addEventListener("click", () => {
    sampler.to += 1;
    second.textContent = sampler.to;
    sampler.generate();
  });
}

const figure = (id) => document.getElementById(id);
forward(figure("forward"));
reseed(figure("samplers"));
reseed(figure("steps"));
resample(figure("steps"));
between(figure("between"));
