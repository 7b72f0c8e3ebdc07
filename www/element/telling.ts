/** Types of the element's listeners: its own events by name, and those of every element. Nothing is done otherwise at run time. */
import type { SamplerEventMap } from "./events.ts";
import { ReflectedElement } from "./properties.ts";

/** The events of every element of a page, less those that this one tells in its own way. */
type Events = Omit<HTMLElementEventMap, keyof SamplerEventMap> & SamplerEventMap;
type Listener<T, K extends keyof Events> = (this: T, event: Events[K]) => unknown;

/** An element whose events have types. */
export abstract class TellingElement extends ReflectedElement {
  override addEventListener<K extends keyof Events>(
    type: K,
    listener: Listener<this, K>,
    options?: boolean | AddEventListenerOptions,
  ): void;
  override addEventListener(
    type: string,
    listener: EventListenerOrEventListenerObject,
    options?: boolean | AddEventListenerOptions,
  ): void;
  override addEventListener(
    type: string,
    listener: EventListenerOrEventListenerObject,
    options?: boolean | AddEventListenerOptions,
  ): void {
    super.addEventListener(type, listener, options);
  }

  override removeEventListener<K extends keyof Events>(
    type: K,
    listener: Listener<this, K>,
    options?: boolean | EventListenerOptions,
  ): void;
  override removeEventListener(
    type: string,
    listener: EventListenerOrEventListenerObject,
    options?: boolean | EventListenerOptions,
  ): void;
  override removeEventListener(
    type: string,
    listener: EventListenerOrEventListenerObject,
    options?: boolean | EventListenerOptions,
  ): void {
    super.removeEventListener(type, listener, options);
  }
}
