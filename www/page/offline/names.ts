/** Names of a model's files, by which page and service worker know them. */

/** Files of weights. */
export const WEIGHTS = /\.(safetensors|bin|ckpt|pt|pth)$/;

/** Every file of a model's folder. */
export const OF_A_MODEL =
  /\/((model_index|(scheduler_)?config|labels|analytic_dpm|vdm|defaults|[^/]+\.(safetensors|bin)\.index(\.[\w.-]+)?)\.json|[^/]+\.(safetensors|bin|ckpt|pt|pth))$/;
