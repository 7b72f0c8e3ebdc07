/** Loads a network in a worker. */
import type { Client } from "../host/client.ts";
import { cut, type Incoming, LARGE } from "../pieces.ts";
import type { ComingFiles, FilesMessage, LoadedNetwork } from "../protocol.ts";
import { moving } from "../transfer.ts";

/** Large weights go there piece by piece, as they come: no thread ever has all of them. */
export async function loadIn(client: Client, files: ComingFiles): Promise<LoadedNetwork> {
  const { weights, ...others } = files;
  const coming = comingOf(weights);
  if (!coming) return client.call((worker) => worker.load(files as FilesMessage));
  const arrival = await client.call((worker) => worker.arrive(others, coming.length));
  try {
    await coming.cut((piece) => client.call((worker) => worker.piece(arrival, moving(piece))));
    return await client.call((worker) => worker.arrived(arrival));
  } catch (error) {
    void client.call((worker) => worker.close(arrival)).catch(() => {});
    throw error;
  }
}

/** What comes in pieces: not a Blob, which is only referred to, and no small file. */
function comingOf(weights: ComingFiles["weights"]): Pick<Incoming, "length" | "cut"> | undefined {
  if (weights instanceof Blob) return undefined;
  if (!(weights instanceof ArrayBuffer)) return weights;
  const { byteLength: length } = weights;
  return length < LARGE ? undefined : { length, cut: (take) => cut(weights, take) };
}

/** The files with all of the weights, in memory unless they are a Blob. */
export async function wholeFiles({ weights, ...files }: ComingFiles): Promise<FilesMessage> {
  const isWhole = weights instanceof Blob || weights instanceof ArrayBuffer;
  return { ...files, weights: isWhole ? weights : await weights.whole() };
}
