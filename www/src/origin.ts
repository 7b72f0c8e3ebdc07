/** Where a model's files come from: once when it is loaded, and once more for every worker that takes over. */
import { UnnoiseError } from "./errors.ts";
import { type Folder, fetchFolder } from "./files.ts";
import type { FilesMessage } from "./protocol.ts";
import { moving } from "./transfer.ts";
import type { AnalyticTable } from "./types.ts";

/** A source that can be read again. */
export interface Origin {
  /** Last part of a folder's address; absent for files in memory. */
  readonly name?: string | undefined;
  /** The files, ready to be sent; `analytic` takes the place of their own table. */
  message(analytic: AnalyticTable | undefined): Promise<FilesMessage>;
}

/** A folder whose files have been fetched; they are given away at once, and fetched again, through the browser's cache, if need be. */
export function fromFolder(base: URL, fetched: Folder): Origin {
  let folder: Folder | undefined = fetched;
  return {
    name: lastPart(base),
    async message(analytic) {
      const files = folder ?? (await fetchFolder(base, undefined, () => {}));
      folder = undefined;
      const message = withTable(files, analytic);
      return moving(message, files.weights);
    },
  };
}

/** The caller's own files: they are kept as they are, for a copy of the weights would cost as much again. */
export function fromFiles(files: FilesMessage): Origin {
  const { weights } = files;
  const held = weights instanceof Blob || weights.byteLength > 0;
  return {
    async message(analytic) {
      if (held && weights instanceof ArrayBuffer && weights.byteLength === 0) {
        throw new UnnoiseError(
          "model-changed",
          "the weights were transferred away, so that the model cannot be loaded again",
          {
            hint: "Give the weights as a Blob, or leave the buffer as it is.",
          },
        );
      }
      return withTable(files, analytic);
    },
  };
}

function withTable<F extends FilesMessage>(files: F, analytic: AnalyticTable | undefined): F {
  return analytic ? { ...files, analytic } : files;
}

/** The last folder of an address, readable where it is well formed. */
function lastPart({ pathname }: URL): string | undefined {
  const part = pathname.split("/").filter(Boolean).at(-1);
  try {
    return part && decodeURIComponent(part);
  } catch {
    return part;
  }
}
