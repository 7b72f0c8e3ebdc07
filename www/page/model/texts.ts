/** What is said of files from this computer. */

import { listed, shortened } from "../../ui/words.ts";
import { bytes } from "../texts.ts";

const READABLE =
  "This page reads a PNG or JSON file that it saved, and a model’s files: config.json together with the .safetensors file.";

/** The name of a file, as it is. */
export function named(file: string): string {
  return `“${shortened(file)}”`;
}

/** Every sentence, by name. */
export const fileTexts = {
  noConfig: (weights: string) =>
    `${named(weights)} has the weights of a model. Give its config.json together with it, and scheduler_config.json and labels.json where there are any.`,
  noWeights: (names: readonly string[]) =>
    `There are no weights among the files given (${listed(names)}). Give the model’s .safetensors file together with its config.json.`,
  choice: (taken: string, others: readonly string[]) =>
    `Of the weights given ${named(taken)} is taken, not ${listed(others)}.`,
  noWeightsBut: (file: string, what: string) =>
    `${named(file)} is ${what}. The weights are needed as a .safetensors file.`,
  notObject: (file: string) => `${named(file)} does not hold a JSON object.`,
  notNames: (file: string) => `${named(file)} does not hold a list of names.`,
  notTable: (file: string) => `${named(file)} does not hold a list of numbers named mean_sq_eps.`,
  notJson: (file: string) => `${named(file)} is not JSON.`,
  refused: (file: string, what: string) => `${named(file)} is ${what}. ${READABLE}`,
  folder: (folder: string) =>
    `${named(folder)} is a folder. Drop the files in it: config.json and the .safetensors file, with scheduler_config.json and labels.json where there are any.`,
  severalFiles: `Several files are a model only with its .safetensors file among them. ${READABLE}`,
  unreadable: (file: string) => `${named(file)} cannot be read: it may have been moved, or this page may not open it.`,
  tooLarge: (file: string, size: number, most: number) =>
    `${named(file)} has ${bytes(size)}, and at most ${bytes(most)} of such a file are read.`,
  restored: (file: string) => `The settings of ${named(file)} are set. Generate makes its picture.`,
} as const;
