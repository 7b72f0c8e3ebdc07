/** The plane on a canvas: dots, lines and arrows, in the page's colours and at the screen's resolution. */

import { context2d } from "../../ui/dom.ts";

/** How far the plane reaches from its middle, on the canvas's shorter side. */
const REACH = 2.85;

/** Where the plane lies on a canvas. */
interface Place {
  x: number;
  y: number;
  /** CSS pixels of one unit. */
  unit: number;
}

/** Where the plane lies on a canvas of this size. */
export function placeOn({ width, height }: { width: number; height: number }): Place {
  return { x: width / 2, y: height / 2, unit: Math.min(width, height) / (2 * REACH) };
}

/** A canvas to draw the plane on. */
export class Plane {
  private readonly context: CanvasRenderingContext2D;
  private readonly place: Place;
  private readonly colours: CSSStyleDeclaration;

  /** Empties the canvas, and takes its size on the screen. */
  constructor(canvas: HTMLCanvasElement) {
    const { clientWidth: width, clientHeight: height } = canvas;
    const ratio = devicePixelRatio;
    const [wide, high] = [Math.max(1, Math.round(width * ratio)), Math.max(1, Math.round(height * ratio))];
    if (canvas.width !== wide || canvas.height !== high) Object.assign(canvas, { width: wide, height: high });
    this.context = context2d(canvas);
    this.context.setTransform(ratio, 0, 0, ratio, 0, 0);
    this.context.clearRect(0, 0, width, height);
    this.place = placeOn({ width, height });
    this.colours = getComputedStyle(canvas);
  }

  /** Dots of a radius in CSS pixels. */
  dots(points: ArrayLike<number>, property: string, radius: number, alpha: number): void {
    const { context } = this;
    this.colour(property, alpha);
    context.beginPath();
    for (let i = 0; i < points.length; i += 2) {
      const [x, y] = this.at(points[i] ?? 0, points[i + 1] ?? 0);
      context.moveTo(x + radius, y);
      context.arc(x, y, radius, 0, 2 * Math.PI);
    }
    context.fill();
  }

  /** A line through these points. */
  line(points: ArrayLike<number>, property: string, width: number, alpha: number): void {
    const { context } = this;
    this.colour(property, alpha);
    context.lineWidth = width;
    context.lineJoin = context.lineCap = "round";
    context.beginPath();
    for (let i = 0; i < points.length; i += 2) context.lineTo(...this.at(points[i] ?? 0, points[i + 1] ?? 0));
    context.stroke();
  }

  /** Arrows; `scale` is how many units of the plane one of an arrow is. */
  arrows(at: Float32Array, to: Float32Array, scale: number, most: number, look: [string, number, number]): void {
    const { context } = this;
    const [property, width, alpha] = look;
    this.colour(property, alpha);
    context.lineWidth = width;
    context.lineCap = "round";
    context.beginPath();
    for (let i = 0; i < at.length; i += 2) {
      const [dx, dy] = [to[i] ?? 0, to[i + 1] ?? 0];
      const length = Math.hypot(dx, dy);
      const shown = length > 0 ? Math.min(scale * length, most) / length : 0;
      const [x, y] = this.at(at[i] ?? 0, at[i + 1] ?? 0);
      const [u, v] = [dx * shown * this.place.unit, -dy * shown * this.place.unit];
      context.moveTo(x, y);
      context.lineTo(x + u, y + v);
      // The point of the arrow: a third of its length, to both sides.
      context.moveTo(x + 0.68 * u - 0.18 * v, y + 0.68 * v + 0.18 * u);
      context.lineTo(x + u, y + v);
      context.lineTo(x + 0.68 * u + 0.18 * v, y + 0.68 * v - 0.18 * u);
    }
    context.stroke();
  }

  private at(x: number, y: number): [number, number] {
    return [this.place.x + x * this.place.unit, this.place.y - y * this.place.unit];
  }

  private colour(property: string, alpha: number): void {
    const { context } = this;
    context.globalAlpha = alpha;
    context.fillStyle = context.strokeStyle = this.value(property);
  }

  /** A custom property as this canvas has it: `light-dark()` is resolved by the properties that take colours. */
  private value(property: string): string {
    const kept = { accent: "color", quiet: "borderTopColor", ink: "caretColor" } as const;
    return this.colours[kept[property as keyof typeof kept]];
  }
}
