/** What Share says, and the comments in the code that it hands out. Loaded with it. */

/** Every sentence, by name. */
export const share = {
  ofStage: (made: string) => `The picture on the stage: ${made}.`,
  ofControls: (made: string) => `Nothing is generated yet. What the controls say: ${made}.`,
  onlyA:
    "The element interpolates between two seeds of one class; this is image A of an interpolation that it does not have.",
  nothing: "Nothing to share before the model is loaded.",
  hints: {
    link: "Opens this page, and makes the same picture.",
    embed: "For a blog post: one script tag and one element, which make the same picture where they stand.",
    api: "The same picture with the library, as a module.",
    python: "The same picture in Python, with diffusers.",
  },
  filesOfYours: " The model is files of yours: whoever opens it must load them too.",
  philoxInPython: " Set Noise to torch, under More, and both draw the same noise.",
  allImages: (count: number) => `all ${count} images`,
  image: (number: number) => `image ${number} alone`,
  copy: { link: "Copy link", embed: "Copy embed code", api: "Copy TypeScript", python: "Copy Python" },
  copied: "Copied",
  copyByHand: "Press Ctrl+C or ⌘C to copy",
  orPackage: 'or from "unnoise", the npm package',
  yourModel: "./my-model/",
  python: {
    onlyA: "diffusers interpolates no noise: this is image A of the interpolation.",
    install: "pip install diffusers torch pillow (written for diffusers 0.42)",
    philox: [
      "The page drew its noise with Philox, which diffusers does not have: this seed gives another picture here.",
      'With Noise set to "torch" on the page, both draw the same noise.',
    ],
    part: "Some images of a larger batch: the noise of the whole batch is drawn, for the generator walks over all of it.",
    placed: "The scheduler draws noise for a whole batch.",
    yourFolder: "The folder that your files came from, as diffusers saves it.",
    fetch: "The model, from where the page has it; a copy beside this script is taken as it is.",
    classes: "What the model calls the classes of the images.",
    noClass: "Every image without a class in particular.",
    guided: "Classifier-free guidance: no class + weight * (class - no class).",
    intoData: "diffusers would put noise into the finished image, for its last listed timestep is not 0.",
    noScheduler: (sampler: string) => `diffusers has no ${sampler}, so this is the plan of the run, a step a line:`,
    noList: (list: string) =>
      `DDIMScheduler does not walk the list "${list}", so this is the plan of the run, a step a line:`,
    bounded: "DDPM with a bounded last noise",
    planLine: "x = x0 * (predicted image) + eps * (predicted noise) + xt * x + z * (fresh noise)",
    ownList: (list: string) => `The plan's own list, "${list}".`,
  },
} as const;
