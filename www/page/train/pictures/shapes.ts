/**
 * The shapes of the small pictures: the left half of each, 16 rows of 8 letters. "o" is the outline, "a" the main colour and "b" its
 * shade, "c" cork, "g" glass, "s" a stem; a point is the ground.
 */

type Shape = readonly string[];

const shape = (text: string): Shape => text.trim().split(/\s+/);

const GHOST_TOP = `
  ........ .....ooo ...ooaaa ..oaaaaa ..oaaaaa .oaaaaaa .oaaaaaa .oaaaaaa
  .oaaaaaa .oaaaaaa .oaaaaaa .oaaaaaa .obaaaaa`;

/** By the kinds, each with its variants. */
export const SHAPES: Record<"ghost" | "potion" | "mushroom" | "slime", readonly Shape[]> = {
  ghost: [
    shape(`${GHOST_TOP} .obbabba .obobbob ..o.oo.o`),
    shape(`${GHOST_TOP} .obbaabb .obbobbo ..oo.oo.`),
    shape(`${GHOST_TOP} .obbbaaa .obbobbb ..oo.ooo`),
  ],
  potion: [
    shape(`
      ......oo ......oc ......oc .....ooo ......og ......og .....ogg ....oggg
      ...oggaa ..ogaaaa ..oaaaaa ..oaaaaa ..obaaaa ..obbaaa ...obbbb ....oooo`),
    shape(`
      ........ ......oo ......oc .....ooo ......og ......og ......og .....ogg
      .....oga ....ogaa ....oaaa ...oaaaa ...obaaa ..obbaaa ..obbbbb ..oooooo`),
    shape(`
      ........ ......oo ......oc .....ooo ......og ...ooooo ...ogggg ...ogggg
      ...ogggg ...oaaaa ...oaaaa ...oaaaa ...obaaa ...obaaa ...obbbb ...ooooo`),
  ],
  mushroom: [
    shape(`
      ........ .....ooo ...ooaaa ..oaaaaa .oaaaaaa .oaaaaaa oaaaaaaa obaaaaaa
      obbbaaaa .ooobbbb ....oooo .....oss .....oss .....oss ....osss ....oooo`),
    shape(`
      ........ ........ ....oooo ..ooaaaa .oaaaaaa oaaaaaaa oaaaaaaa obbaaaaa
      .oobbbbb ...ooooo ....osss ....osss ....osss ...ossss ...ossss ...ooooo`),
    shape(`
      ......oo ....ooaa ...oaaaa ..oaaaaa ..oaaaaa .oaaaaaa .oaaaaaa .obaaaaa
      .obbbaaa ..oobbbb ....oooo ......os ......os .....oss .....oss .....ooo`),
  ],
  slime: [
    shape(`
      ........ ........ ......oo ....ooaa ...oaaaa ..oaaaaa ..oaaaaa .oaaaaaa
      .oaaaaaa .oaaaaaa oaaaaaaa oaaaaaaa obaaaaaa obbbaaaa .obbbbbb ..oooooo`),
    shape(`
      ........ .......o ......oa .....oaa ....oaaa ...oaaaa ..oaaaaa ..oaaaaa
      .oaaaaaa .oaaaaaa .oaaaaaa .oaaaaaa .obaaaaa .obbaaaa ..obbbbb ...ooooo`),
    shape(`
      ........ ........ ........ ...ooooo ..oaaaaa .oaaaaaa .oaaaaaa oaaaaaaa
      oaaaaaaa oaaaaaaa oaaaaaaa oaaaaaaa obaaaaaa obbbaaaa obbbbbbb .ooooooo`),
  ],
};
