/**
 * `<diffusion-sampler>` in TSX, with the types of React 18 or 19.
 *
 * Importing this module defines the element, as "unnoise/element" does.
 *
 * @packageDocumentation
 */
import type * as React from "react";
import type { DiffusionSampler, SamplerAttributes } from "./index.ts";

export * from "./index.ts";

declare module "react" {
  namespace JSX {
    interface IntrinsicElements {
      "diffusion-sampler": React.ClassAttributes<DiffusionSampler> &
        React.HTMLAttributes<DiffusionSampler> &
        SamplerAttributes;
    }
  }
}
