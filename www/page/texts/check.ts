/** Every sentence of the check of this machine's back ends. */

/** Everything, by name. */
export const checking = {
  ready: "Downloads the modules that are not here yet, 2.4 MB; a run under way is stopped.",
  working: "Asking the CPU, WebGPU and burn on WebGPU",
  cancelled: "Cancelled.",
  done: "Done.",
} as const;
