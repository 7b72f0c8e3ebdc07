// What the tests of the article share: a model as small as the tests', in the place of the bundled ones.

/** Puts the tiny model where the article looks for its two. */
export function putArticleModels(site) {
  const analytic = { mean_sq_eps: Array.from({ length: 1001 }, (_, n) => Math.min(n / 200, 0.98)) };
  for (const [folder, labels, more] of [
    ["/models/emoji/", ["face", "animal", "no class"], {}],
    ["/models/fashion-mnist/", ["sneaker", "shirt", "no class"], { analytic }],
  ]) {
    // The bundled model's own weights must not be found there.
    site.put(`${folder}unet/diffusion_pytorch_model.fp16.safetensors`, { status: 404 });
    site.putModel(folder, { labels, ...more });
  }
}

/** The article's engine stays where it begins: its WebGPU is a software adapter here, and opening it takes seconds. To be run before the page's own scripts. */
export const onCpu = () => delete Navigator.prototype.gpu;

/** The face, what of it is kept, and what was made of it: floats, in four images. To be run in the page. */
export async function filledIn() {
  const [source, target] = document.querySelectorAll("#fill diffusion-sampler");
  return { face: [...(await source.current.xt())], mask: [...target.known.mask], x: [...(await target.current.xt())] };
}

/** Brings every element into view, one after the other, until all have their picture. To be run in the page. */
export async function finishAll() {
  for (const element of document.querySelectorAll("diffusion-sampler")) {
    element.scrollIntoView({ block: "center" });
    while (element.state !== "complete") {
      if (element.state === "failed") throw new Error(element.shadowRoot.textContent);
      await new Promise(requestAnimationFrame);
    }
  }
  while (document.getElementById("time").disabled) await new Promise(requestAnimationFrame);
}
