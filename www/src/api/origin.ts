/** Where a model's files come from: once when it is loaded, and once more for every worker that takes over. */

import type { AnalyticTable, ModelInfo } from "../checkpoint.ts";
import { UnnoiseError } from "../errors.ts";
import type { ComingFiles, FilesMessage } from "../protocol.ts";
import { moving } from "../transfer.ts";
import { type Folder, fetchFolder } from "./files.ts";
import { nameOf } from "./folders.ts";
import type { Wanted } from "./weights.ts";

/** A source that can be read again. */
export interface Origin {
  /**
   * What is known of a model with this information by where it comes from.
   *
   * @throws UnnoiseError "download-mismatch" where its weights are not those that the server names.
   */
  known(info: ModelInfo): Promise<ModelInfo>;
  /** The files, ready to be sent; `analytic` takes the place of their own table. */
  message(analytic: AnalyticTable | undefined): Promise<ComingFiles>;
}

/** A folder whose files have been fetched; they are given away at once, and fetched again, through the browser's cache, if need be. */
export function fromFolder({ base, fetch, files: fetched, sha256, warnings }: Folder, wanted: Wanted): Origin {
  let held: Folder["files"] | undefined = fetched;
  const name = nameOf(base);
  return {
    async known(info) {
      const promised = await sha256;
      if (promised && info.hash !== promised) throw damaged(base, promised, info.hash);
      const more = { folder: base.href, warnings: [...warnings, ...info.warnings] };
      return name === undefined ? { ...info, ...more } : { ...info, name, ...more };
    },
    async message(analytic) {
      const files = held ?? (await fetchFolder([base], wanted, { fetch, onProgress: () => {} })).files;
      held = undefined;
      return moving(withTable(files, analytic));
    },
  };
}

function damaged({ href }: URL, promised: string, came: string): UnnoiseError {
  const message = `the weights of ${href} have the SHA-256 ${came}; their server names ${promised}`;
  return new UnnoiseError("download-mismatch", message, { hint: "Load the model again." });
}

/** The caller's own files: they are kept as they are, for a copy of the weights would cost as much again. */
export function fromFiles(files: FilesMessage): Origin {
  const { weights } = files;
  const held = weights instanceof Blob || weights.byteLength > 0;
  return {
    known: async (info) => info,
    async message(analytic) {
      if (!held || weights instanceof Blob || weights.byteLength > 0) return withTable(files, analytic);
      const message = "the weights were transferred away, so that the model cannot be loaded again";
      const hint = "Give the weights as a Blob, or leave the buffer as it is.";
      throw new UnnoiseError("model-changed", message, { hint });
    },
  };
}

function withTable<F extends ComingFiles>(files: F, analytic: AnalyticTable | undefined): F {
  return analytic ? { ...files, analytic } : files;
}
