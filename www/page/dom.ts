/** Typed access to the elements that index.html promises. */

/** The element with this id, checked to be of the class asked for. Throws when index.html does not keep its promise. */
export function find<T extends Element>(id: string, type: abstract new () => T): T {
  const element = document.getElementById(id);
  if (!(element instanceof type)) throw new Error(`index.html has no ${type.name} with the id "${id}"`);
  return element;
}

/** The radio buttons of one group, in document order. */
export function radios(name: string): HTMLInputElement[] {
  return [...document.querySelectorAll<HTMLInputElement>(`input[type="radio"][name="${name}"]`)];
}

/** The value of the checked radio button of a group; empty when none is. */
export function checked(name: string): string {
  return radios(name).find((radio) => radio.checked)?.value ?? "";
}

/** Checks the radio button with this value. False when the group has none. */
export function check(name: string, value: string): boolean {
  const radio = radios(name).find((candidate) => candidate.value === value);
  if (radio) radio.checked = true;
  return radio !== undefined;
}

/** Sets an element's text only when it changes, so that nothing is laid out or announced again without need. */
export function say(element: Element, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}

/** The drawing context of a canvas. Throws where the browser has none. */
export function context2d(canvas: HTMLCanvasElement): CanvasRenderingContext2D {
  const context = canvas.getContext("2d");
  if (!context) throw new Error("this browser cannot draw on a canvas");
  return context;
}
