/** The attributes for editing: what they take, and what they ask for together. */
import type { Known, Start, UnnoiseError } from "../src/index.ts";
import { choice, type Kind, whole } from "../ui/options.ts";
import { refused } from "./refused.ts";

/** The address of a picture; a property takes what the library takes too. */
export const PICTURE: Kind<string> = { allowed: "the address of a picture", parse: (text) => text || undefined };

/** What the attributes for editing take. */
export const EDITING = {
  start: PICTURE as Kind<string | Partial<Start>>,
  startT: whole(0),
  known: PICTURE as Kind<string | Partial<Known>>,
  mask: PICTURE as Kind<string | Known["mask"]>,
  knownMethod: choice("noised", "clean", "repaint"),
  knownJump: whole(1),
  knownResample: whole(1),
};

/** What the attributes for editing say, where they are there. */
type Given = { [K in keyof typeof EDITING]?: (typeof EDITING)[K] extends Kind<infer T> ? T : never };

/** The library's options, in which addresses stand for pictures that are still to be fetched. */
export interface Edit {
  start?: Omit<Start, "x"> & { x: Start["x"] | string };
  known?: Omit<Known, "x" | "mask"> & { x: Known["x"] | string; mask?: Known["mask"] | string };
}

/** Puts together what the attributes for editing ask for; what is missing is told in `problems`. An object's own fields come first. */
export function withEdit<T extends Given>(given: T, problems: UnnoiseError[]) {
  const { start, startT, known, mask, knownMethod, knownJump, knownResample, ...sampling } = given;
  const begun = together(start, { t: startT });
  const kept = together(known, { mask, method: knownMethod, jump: knownJump, resample: knownResample });
  const missing = (name: string, allowed: string) => problems.push(refused(name, undefined, allowed));
  if (begun && !("x" in begun)) missing("start", PICTURE.allowed);
  if (begun && !("t" in begun)) missing("start-t", "the timestep at which the run begins");
  if (kept && !("x" in kept)) missing("known", PICTURE.allowed);
  return { edit: { ...(begun && { start: begun }), ...(kept && { known: kept }) } as Edit, sampling };
}

/** A picture and the attributes beside it as one object; undefined where there is none of them. */
function together(picture: string | object | undefined, beside: object): object | undefined {
  const there = Object.fromEntries(Object.entries(beside).filter(([, value]) => value !== undefined));
  const whole = { ...there, ...(typeof picture === "string" ? { x: picture } : picture) };
  return Object.keys(whole).length > 0 ? whole : undefined;
}
