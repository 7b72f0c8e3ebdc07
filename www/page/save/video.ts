/** Video by the browser's own encoder: H.264 in an MP4 where it has one, for that plays everywhere; else VP9 or VP8 in WebM. */

import {
  BufferTarget,
  CanvasSource,
  canEncodeVideo,
  Mp4OutputFormat,
  Output,
  QUALITY_VERY_HIGH,
  type VideoCodec,
  WebMOutputFormat,
} from "mediabunny";
import { t } from "../texts.ts";
import { pixelsSaid } from "./raster.ts";
import type { Animation } from "./saved.ts";

/** A finished video, and how its file's name ends. */
export interface Video {
  blob: Blob;
  ending: "mp4" | "webm";
}

const WAYS: readonly { codec: VideoCodec; ending: Video["ending"] }[] = [
  { codec: "avc", ending: "mp4" },
  { codec: "vp9", ending: "webm" },
  { codec: "vp8", ending: "webm" },
];

/**
 * Encodes an animation. `onProgress` hears how much of it is done, 0 to 1. Throws an `Error` with a sentence where the browser
 * has no encoder for it.
 */
export async function encodeVideo(animation: Animation, onProgress: (done: number) => void): Promise<Video> {
  const { frames, count, fps, hold, metadata } = animation;
  let recording: Recording | undefined;
  let done = 0;
  for (const image of frames) {
    recording ??= await record(image, fps, JSON.stringify(metadata));
    // The last picture is repeated: not every player waits at the end for as long as a file says.
    const times = 1 + (++done === count ? Math.round(hold * fps) : 0);
    for (let i = 0; i < times; i++) await recording.add(image);
    onProgress(done / count);
  }
  if (!recording) throw new Error(t("noFrames"));
  return recording.finish();
}

interface Recording {
  add(image: ImageData): Promise<void>;
  finish(): Promise<Video>;
}

async function record({ width, height }: ImageData, fps: number, comment: string): Promise<Recording> {
  // Encoders halve the resolution of colours, and so take even sizes only.
  const even = { width: width + (width % 2), height: height + (height % 2) };
  const { codec, ending } = await choose(even);
  const canvas = Object.assign(document.createElement("canvas"), even);
  const context = canvas.getContext("2d", { alpha: false });
  if (!context) throw new Error(t("noVideo"));
  context.fillRect(0, 0, even.width, even.height);
  const target = new BufferTarget();
  const format = ending === "mp4" ? new Mp4OutputFormat() : new WebMOutputFormat();
  const output = new Output({ format, target });
  const source = new CanvasSource(canvas, { codec, quality: QUALITY_VERY_HIGH, keyFrameInterval: 1 });
  output.addVideoTrack(source, { frameRate: fps });
  output.setMetadataTags({ comment });
  await output.start();
  let shown = 0;
  return {
    async add(image) {
      context.putImageData(image, 0, 0);
      await source.add(shown++ / fps, 1 / fps);
    },
    async finish() {
      await output.finalize();
      return { blob: new Blob([target.buffer ?? new ArrayBuffer(0)], { type: `video/${ending}` }), ending };
    },
  };
}

/** The first way that this browser can go. */
async function choose(size: { width: number; height: number }) {
  if (typeof VideoEncoder === "undefined") throw new Error(t("noVideo"));
  for (const way of WAYS) if (await canEncodeVideo(way.codec, { ...size, quality: QUALITY_VERY_HIGH })) return way;
  throw new Error(t("noCodec", { pixels: pixelsSaid(size) }));
}
