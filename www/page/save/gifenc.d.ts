/** What of gifenc is used; the package has no types of its own. */
declare module "gifenc" {
  type Palette = [number, number, number][];
  interface Stream {
    writeByte(byte: number): void;
    writeBytes(bytes: Uint8Array): void;
  }
  export function GIFEncoder(): {
    stream: Stream;
    writeFrame(index: Uint8Array, width: number, height: number, options: { palette: Palette; delay: number }): void;
    finish(): void;
    bytes(): Uint8Array<ArrayBuffer>;
  };
  export function quantize(rgba: Uint8ClampedArray, colours: number): Palette;
  export function applyPalette(rgba: Uint8ClampedArray, palette: Palette): Uint8Array;
}
