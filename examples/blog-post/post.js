// What the five demonstrations add to their elements: three sliders, the buttons, and the forward process.
// To run it: `./build.sh serve` at the root of the repository, then open /blog-post/ at the address that it prints.

import { paint } from "./paint.js";

/** Draws a picture, or floats of its size, channel by channel: from -1 for none of a colour, or black, to 1 for all of it, or white. */
function draw(canvas, picture, floats = []) {
  const image = new ImageData(new Uint8ClampedArray(picture.data), picture.width);
  const pixels = image.width * image.height;
  for (const [i, value] of floats.entries()) {
    const [channel, pixel] = [Math.floor(i / pixels), i % pixels];
    // A single channel is grey: it is all three colours.
    image.data.fill(
      (value / 2 + 0.5) * 255,
      4 * pixel + channel,
      4 * pixel + (floats.length === pixels ? 3 : channel + 1),
    );
  }
  Object.assign(canvas, { width: image.width, height: image.height });
  canvas.getContext("2d").putImageData(image, 0, 0);
}

/** q(x_t | x_0) under a slider, for one draw of eps: after t of the schedule's steps an image is at timestep t - 1. */
function forward(figure) {
  const sampler = figure.querySelector("diffusion-sampler");
  const [canvas, time, level] = ["noised", "time", "level"].map((id) => document.getElementById(id));
  let picture;
  let x_0;
  const noised = async (t) => {
    if (t === 0) return [x_0, 1];
    const { steps } = await sampler.loaded.plan({ trajectory: [t - 1] });
    // log SNR is the logarithm of alpha-bar / (1 - alpha-bar).
    return [await sampler.loaded.diffuse(x_0, t - 1, { seed: 1 }), 1 / (1 + Math.exp(-steps[0].logSnr))];
  };
  const show = async () => {
    const t = time.valueAsNumber;
    const [x_t, left] = await noised(t);
    // The slider may have gone on meanwhile.
    if (t !== time.valueAsNumber) return;
    draw(canvas, picture, x_t);
    level.value = `${t}: ${Math.sqrt(left).toFixed(3)} face + ${Math.sqrt(1 - left).toFixed(3)} noise`;
  };
  const take = async () => {
    picture = sampler.current.rgba("xt");
    x_0 = await sampler.current.xt();
    await show();
    time.disabled = false;
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
      // Each sampler has an option of its own: no fresh noise, and the larger variance.
      Object.assign(
        sampler,
        { ddim: { eta: 0, variance: null }, ddpm: { eta: null, variance: "large" } }[target.value],
      );
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

/** A slider leads all elements of a figure from noise to their pictures, once they are made. */
function byHand(figure) {
  const samplers = [...figure.querySelectorAll("diffusion-sampler")];
  const [slider, said] = ["hand", "reached"].map((id) => document.getElementById(id));
  const show = () => {
    for (const sampler of samplers) sampler.seek(slider.valueAsNumber);
    say();
  };
  const say = () => {
    said.value = `step ${slider.value} of ${slider.max}`;
    slider.setAttribute("aria-valuetext", said.value);
  };
  const wait = () => {
    slider.disabled = samplers.some((sampler) => sampler.state !== "complete");
    if (slider.disabled) return;
    slider.value = slider.max;
    fill(slider);
    say();
  };
  for (const sampler of samplers) sampler.addEventListener("complete", wait);
  wait();
  slider.addEventListener("input", show);
}

/** The code to copy, with the addresses of what lies here. */
function copying(snippet) {
  for (const address of snippet.querySelectorAll("[data-address]")) {
    address.textContent = new URL(address.textContent, document.baseURI).href;
  }
  const [code, button] = ["code", "button"].map((name) => snippet.querySelector(name));
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(code.textContent);
      button.textContent = "Copied";
    } catch {
      getSelection().selectAllChildren(code);
      button.textContent = "Select and copy";
    }
    setTimeout(() => {
      button.textContent = "Copy";
    }, 1500);
  });
}

const figure = (id) => document.getElementById(id);
forward(figure("forward"));
reseed(figure("samplers"));
byHand(figure("samplers"));
reseed(figure("steps"));
resample(figure("steps"));
between(figure("between"));
paint(figure("fill"));
copying(document.querySelector(".snippet"));

/** Fills a slider's line as far as its thumb. */
function fill(slider) {
  slider.style.setProperty("--filled", `${(100 * slider.valueAsNumber) / Number(slider.max)}%`);
}

for (const slider of document.querySelectorAll(".slider")) {
  slider.addEventListener("input", () => fill(slider));
  fill(slider);
}
