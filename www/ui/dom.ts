/** Makes elements and changes them: no markup is parsed, and no style is written inline. */

type Attributes = Record<string, string>;

/** An element with attributes and children. */
export function make<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: (Node | string)[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

/** The same of an SVG. */
export function shape(tag: string, attributes: Attributes, ...children: Node[]): SVGElement {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag) as SVGElement;
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

/** An icon of 16 x 16; `paths` by the name of the state in which they are seen. */
export function icon(paths: Record<string, string>): SVGElement {
  const shapes = Object.entries(paths).map(([name, d]) => shape("path", { class: `icon-${name}`, d }));
  return shape("svg", { viewBox: "0 0 16 16", "aria-hidden": "true" }, ...shapes);
}

/** Sets a text only when it changes, so that nothing is laid out or announced again without need. */
export function say(element: Element, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}

/** Sets an attribute only when it changes. */
export function mark(element: Element, name: string, value: string): void {
  if (element.getAttribute(name) !== value) element.setAttribute(name, value);
}

/** Names a button for all: as its label, and as what is shown over it. */
export function name(button: Element, text: string): void {
  mark(button, "aria-label", text);
  mark(button, "title", text);
}

/** Marks a button that would do nothing. It is not disabled, for that would drop the keyboard's focus under the user's finger. */
export function dim(button: Element, nothingToDo: boolean): void {
  mark(button, "aria-disabled", String(nothingToDo));
}

/** Whether the visitor asks for no motion. */
export function reducedMotion(): boolean {
  return matchMedia("(prefers-reduced-motion: reduce)").matches;
}

/** The drawing context of a canvas. Throws where the browser has none. */
export function context2d(canvas: HTMLCanvasElement): CanvasRenderingContext2D {
  const context = canvas.getContext("2d");
  if (!context) throw new Error("this browser cannot draw on a canvas");
  return context;
}
