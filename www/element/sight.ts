/** Whether an element can be seen: within the window, of a page that is not hidden. */
export class Sight {
  visible = false;
  #within = false;
  readonly #element: Element;
  readonly #onChange: () => void;
  readonly #observer = new IntersectionObserver((entries) => {
    this.#within = entries.at(-1)?.isIntersecting ?? false;
    this.#update();
  });
  readonly #update = () => {
    const visible = this.#within && !document.hidden;
    if (visible === this.visible) return;
    this.visible = visible;
    this.#onChange();
  };

  /** `onChange` is called whenever `visible` changes. */
  constructor(element: Element, onChange: () => void) {
    this.#element = element;
    this.#onChange = onChange;
  }

  /** Begins to look; nothing is seen until the browser has said so. */
  start(): void {
    this.#observer.observe(this.#element);
    document.addEventListener("visibilitychange", this.#update);
  }

  /** Looks no more. */
  stop(): void {
    this.#observer.disconnect();
    document.removeEventListener("visibilitychange", this.#update);
    this.#within = false;
    this.#update();
  }
}
