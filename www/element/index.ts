/**
 * `<diffusion-sampler>`: a diffusion model in a page, with one script tag and one element.
 *
 * Importing this module defines the element.
 *
 * @packageDocumentation
 */
import { DiffusionSampler } from "./element.ts";

export { DiffusionSampler } from "./element.ts";
export type { Outcome, SamplerDetails, SamplerEventMap, State } from "./events.ts";
export type { SamplerAttributes } from "./tsx.ts";

declare global {
  interface HTMLElementTagNameMap {
    "diffusion-sampler": DiffusionSampler;
  }
}

// Two copies of this script on one page: the first one counts. A server has no elements.
if (globalThis.customElements && !customElements.get("diffusion-sampler"))
  customElements.define("diffusion-sampler", DiffusionSampler);
