/** A stroke of the brush: dabs that lie over each other once, so that going over a place twice makes it no stronger. */

/** The brush. */
export interface Brush {
  /** Its width in pixels of the model. */
  size: number;
  /** Whether it fades towards its edge. */
  soft: boolean;
}

/** A place on the picture, in pixels from its upper left corner; the middle of the first pixel is 0.5, 0.5. */
export interface Place {
  x: number;
  y: number;
}

/** One stroke over an image of this size. */
export class Stroke {
  /** How much of each pixel is painted over, from 0 to 1. */
  private readonly cover: Float32Array;
  private readonly width: number;
  private readonly brush: Brush;
  private last: Place | undefined;

  constructor(height: number, width: number, brush: Brush) {
    this.cover = new Float32Array(height * width);
    this.width = width;
    this.brush = brush;
  }

  /** Goes on to a place, in a straight line from the place before. */
  to(place: Place): void {
    const from = this.last ?? place;
    const length = Math.hypot(place.x - from.x, place.y - from.y);
    const dabs = Math.max(1, Math.ceil(2 * length));
    for (let dab = 1; dab <= dabs; dab++) {
      const part = dab / dabs;
      this.dab({ x: from.x + part * (place.x - from.x), y: from.y + part * (place.y - from.y) });
    }
    this.last = place;
  }

  /** What is under the stroke, painted over: planes of one image, each with a paint of its own. */
  over(base: Float32Array, paint: readonly number[]): Float32Array {
    const area = this.cover.length;
    return base.map((value, i) => {
      const cover = this.cover[i % area] ?? 0;
      return value + cover * ((paint[Math.floor(i / area)] ?? 0) - value);
    });
  }

  private dab(place: Place): void {
    const { size, soft } = this.brush;
    const radius = size / 2;
    const { x, y } = { x: snapped(place.x, size), y: snapped(place.y, size) };
    for (let i = 0; i < this.cover.length; i++) {
      const distance = Math.hypot((i % this.width) + 0.5 - x, Math.floor(i / this.width) + 0.5 - y);
      const hard = distance <= radius ? 1 : 0;
      const strength = soft ? Math.max(0, 1 - distance / (radius + 0.5)) : hard;
      if (strength > (this.cover[i] ?? 0)) this.cover[i] = strength;
    }
  }
}

/** The middle of a brush stands in the middle of a pixel, or between two, so that its edge lies between pixels. */
export function snapped(at: number, size: number): number {
  return size % 2 === 1 ? Math.floor(at) + 0.5 : Math.round(at);
}
