// A picture that is painted out on a canvas, and filled in by an element. The canvas takes a mouse, a pen, a finger or the keyboard.

/** Pixels of the canvas per pixel of the picture. */
const SCALE = 9;

/** The picture on a canvas, and a mask over it: 1 where a pixel is kept, 0 where it is painted out. */
class Easel {
  /** Called after each change of the mask. */
  changed = () => {};
  /** What the brush leaves: 0 paints out, 1 puts back. */
  brush = 0;

  constructor(canvas, said) {
    this.canvas = canvas;
    this.said = said;
    canvas.addEventListener("pointerdown", (event) => this.#press(event));
    canvas.addEventListener("pointermove", (event) => this.#move(event));
    canvas.addEventListener("pointerup", () => this.#lift());
    canvas.addEventListener("pointercancel", () => this.#lift());
    canvas.addEventListener("keydown", (event) => this.#key(event));
    for (const type of ["focus", "blur"]) canvas.addEventListener(type, () => this.draw());
  }

  /** Takes a picture, all of it kept. */
  take(picture) {
    this.picture = picture;
    this.mask = new Float32Array(picture.width * picture.height).fill(1);
    this.cursor = [picture.width / 2, picture.height / 2].map(Math.floor);
    Object.assign(this.canvas, { width: SCALE * picture.width, height: SCALE * picture.height, hidden: false });
  }

  /** Sets every pixel of the mask by a rule of its column and row. */
  fill(rule) {
    const { width } = this.picture;
    for (const i of this.mask.keys()) this.mask[i] = rule(i % width, Math.floor(i / width)) ? 1 : 0;
    this.draw();
    this.changed();
  }

  draw() {
    const { width } = this.picture;
    const context = this.canvas.getContext("2d");
    const small = new OffscreenCanvas(width, this.picture.height);
    small.getContext("2d").putImageData(this.picture, 0, 0);
    context.imageSmoothingEnabled = false;
    context.drawImage(small, 0, 0, this.canvas.width, this.canvas.height);
    const hatch = hatched(context, getComputedStyle(this.canvas).color);
    for (const [i, kept] of this.mask.entries()) {
      context.fillStyle = hatch;
      if (kept === 0) context.fillRect(SCALE * (i % width), SCALE * Math.floor(i / width), SCALE, SCALE);
    }
    if (this.canvas.matches(":focus-visible")) this.#drawCursor(context);
  }

  #drawCursor(context) {
    const [x, y] = this.cursor.map((place) => SCALE * (place + 0.5));
    for (const [colour, line] of [["black", 5], ["white", 2]]) {
      context.strokeStyle = colour;
      context.lineWidth = line;
      context.beginPath();
      context.arc(x, y, SCALE * this.#radius, 0, 2 * Math.PI);
      context.stroke();
    } // biome-ignore format: a table
  }

  get #radius() {
    return this.picture.width / 11;
  }

  /** Presses the brush on a place, in pixels of the picture. */
  #stamp([x, y]) {
    const { width } = this.picture;
    for (const i of this.mask.keys()) {
      const distance = Math.hypot((i % width) + 0.5 - x, Math.floor(i / width) + 0.5 - y);
      if (distance <= this.#radius) this.mask[i] = this.brush;
    }
  }

  /** Where a pointer is. */
  #placeOf({ clientX, clientY }) {
    const { left, top, width } = this.canvas.getBoundingClientRect();
    const scale = this.picture.width / width;
    return [(clientX - left) * scale, (clientY - top) * scale];
  }

  #press(event) {
    if (event.button !== 0) return;
    this.canvas.setPointerCapture(event.pointerId);
    this.last = this.#placeOf(event);
    this.#move(event);
  }

  #move(event) {
    if (!this.last) return;
    const [from, to] = [this.last, this.#placeOf(event)];
    const stamps = Math.ceil(Math.hypot(to[0] - from[0], to[1] - from[1])) + 1;
    for (let i = 1; i <= stamps; i++) this.#stamp(from.map((start, k) => start + ((to[k] - start) * i) / stamps));
    this.last = to;
    this.draw();
  }

  #lift() {
    if (this.last) this.changed();
    this.last = undefined;
  }

  #key(event) {
    const [dx, dy] = MOVES[event.key] ?? [0, 0];
    const paints = event.key === " " || event.key === "Enter";
    if (!paints && !(event.key in MOVES)) return;
    event.preventDefault();
    const { width, height } = this.picture;
    const [x, y] = this.cursor;
    this.cursor = [Math.min(width - 1, Math.max(0, x + dx)), Math.min(height - 1, Math.max(0, y + dy))];
    if (paints) this.#stamp(this.cursor.map((place) => place + 0.5));
    this.draw();
    const [column, row] = this.cursor;
    this.said.value = `row ${row + 1}, column ${column + 1}: ${this.mask[row * width + column] ? "kept" : "painted out"}`;
    if (paints) this.changed();
  }
}

const MOVES = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/** Slanted lines of a colour on black. */
function hatched(context, colour) {
  const tile = new OffscreenCanvas(8, 8);
  const lines = tile.getContext("2d");
  lines.fillRect(0, 0, 8, 8);
  lines.strokeStyle = colour;
  lines.lineWidth = 1.5;
  for (const x of [-8, 0, 8]) {
    lines.moveTo(x, 8);
    lines.lineTo(x + 8, 0);
  }
  lines.stroke();
  return context.createPattern(tile, "repeat");
}

/** RePaint's own options: how many steps it goes back, and how often it goes through them. */
const REPAINT = { jump: 5, resample: 3 };

/** So long nothing is painted before a run begins, in milliseconds. */
const PAUSE_MS = 300;

/** Connects the figure: what the first element makes is painted on, and the second fills it in. */
export function paint(figure) {
  const [source, target] = figure.querySelectorAll("diffusion-sampler");
  const said = figure.querySelector("output");
  const easel = new Easel(figure.querySelector("canvas"), said);
  const chosen = (name) => figure.querySelector(`[name="${name}"]:checked`).value;
  let x;
  let pause;
  const ask = () => {
    const method = chosen("method");
    target.known = { x, mask: easel.mask.slice(), method, ...(method === "repaint" ? REPAINT : {}) };
    const out = easel.mask.filter((kept) => kept === 0).length / easel.mask.length;
    said.value = `${Math.round(100 * out)} % painted out, seeds ${target.seeds.replaceAll(",", ", ")}`;
  };
  const again = () => {
    clearTimeout(pause);
    pause = setTimeout(() => {
      ask();
      target.generate();
    }, PAUSE_MS);
  };
  const half = () => easel.fill((column) => 2 * column < easel.picture.width);
  const take = async () => {
    x = await source.current.xt();
    easel.take(source.current.rgba("xt"));
    easel.changed = () => {};
    half();
    easel.changed = again;
    for (const fieldset of figure.querySelectorAll("fieldset")) fieldset.disabled = false;
    ask();
    // It starts by itself where the reader allows motion.
    target.autoplay = true;
  };
  source.addEventListener("complete", take);
  if (source.state === "complete") take();
  figure.addEventListener("change", ({ target: { name } }) => {
    easel.brush = Number(chosen("brush"));
    if (name === "method") again();
  });
  const on = (act, call) => figure.querySelector(`[data-act="${act}"]`).addEventListener("click", call);
  on("half", half);
  on("none", () => easel.fill(() => true));
  on("seeds", () => {
    target.seeds = target.seeds.split(",").map((seed) => Number(seed) + 4);
    again();
  });
}
