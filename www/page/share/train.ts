/** A training in the address. Its values are texts here: the room, which is fetched then, reads them. */

/** What a training is asked for with, by its parameters: "train" is the data set, the others begin with "train-". */
export type TrainAsked = Readonly<Record<string, string>>;

/** The name that all of them begin with. */
export const TRAIN = "train";

/** Reads it from parameters; undefined where no training is asked for. */
export function readTrain(names: Iterable<string>, get: (name: string) => string | undefined): TrainAsked | undefined {
  const ours = [...names].filter((name) => name === TRAIN || name.startsWith(`${TRAIN}-`));
  const found = ours.map((name) => [name, get(name)]).filter(([, value]) => value !== undefined);
  return ours.includes(TRAIN) ? Object.fromEntries(found) : undefined;
}
