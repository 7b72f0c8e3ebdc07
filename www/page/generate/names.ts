/** The names of the classes under the pictures, where there is room for them. */

import { make } from "../../ui/dom.ts";
import { fitGrid, type Grid, type Size } from "../../ui/grid.ts";
import { find } from "../dom.ts";

/** Height of a line of names, and width of the narrowest picture that has one, in CSS pixels. */
const LINE = 16;
const NARROWEST = 56;

/** Lays out the pictures of the stage, with the names under them. */
export class Names {
  private readonly box = find("names");
  private names: readonly string[] = [];

  /** Takes the name of each picture; none where they have no classes. */
  set(names: readonly string[]): void {
    if (names === this.names) return;
    this.names = names;
    this.box.replaceChildren(...names.map((name) => make("span", { class: "cut" }, name)));
  }

  /** The grid of so many pictures on a stage, whose sizes are in device pixels. */
  layOut(count: number, stage: Size, picture: Size): Grid {
    const below = LINE * devicePixelRatio;
    const named = this.names.length === count ? fitGrid(count, stage, picture, below) : undefined;
    const isWide = named !== undefined && named.scale * picture.width >= NARROWEST * devicePixelRatio;
    this.box.hidden = !isWide;
    if (!isWide) return fitGrid(count, stage, picture);
    const side = (pixels: number) => `${pixels / devicePixelRatio}px`;
    for (const [image, { x, y }] of named.places.entries()) {
      const name = this.box.children[image];
      if (!(name instanceof HTMLElement)) continue;
      Object.assign(name.style, {
        left: side(x),
        top: side(y + named.scale * picture.height),
        width: side(named.scale * picture.width),
      });
    }
    return named;
  }
}
