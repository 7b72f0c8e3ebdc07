/** The element as templates with types take it: TSX, and whatever reads a table of attributes. */
import type { SamplerEventMap } from "./events.ts";
import type { Reflected, Settable } from "./properties.ts";

/** An attribute's name by its property's: "sigma-clip" by "sigmaClip". */
type Kebab<S extends string> = S extends `${infer Head}${infer Tail}`
  ? `${Head extends Lowercase<Head> ? Head : `-${Lowercase<Head>}`}${Kebab<Tail>}`
  : "";

/** Attributes of `<diffusion-sampler>`, and listeners of its events as "on" and the event's name. */
export type SamplerAttributes = {
  [K in keyof Reflected as Kebab<K>]?: Reflected[K] extends boolean
    ? boolean | undefined
    : Settable | Extract<Reflected[K], object>;
} & {
  [K in keyof SamplerEventMap as `on${K}`]?: ((event: SamplerEventMap[K]) => unknown) | undefined;
};
