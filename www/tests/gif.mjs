// Reads the GIFs that tests look at: sizes, delays, loops and comments, and the pixels of every picture.

/** Everything in a GIF whose pictures each fill the screen. */
export function decodeGif(file) {
  if (file.toString("latin1", 0, 6) !== "GIF89a") throw new Error("not a GIF89a");
  const gif = { width: file.readUInt16LE(6), height: file.readUInt16LE(8), frames: [], comment: "", loops: undefined };
  const [global, start] = table(file, file[10], 13);
  let at = start;
  let delay = 0;
  for (;;) {
    const kind = file[at];
    if (kind === 0x3b) return { ...gif, ended: at === file.length - 1 };
    if (kind === 0x21) {
      const [data, end] = blocks(file, at + 2);
      if (file[at + 1] === 0xf9) delay = data.readUInt16LE(1);
      if (file[at + 1] === 0xfe) gif.comment += data.toString("utf8");
      if (file[at + 1] === 0xff && data.toString("latin1", 0, 11) === "NETSCAPE2.0") gif.loops = data.readUInt16LE(12);
      at = end;
    } else if (kind === 0x2c) {
      const [width, height] = [file.readUInt16LE(at + 5), file.readUInt16LE(at + 7)];
      const [local, body] = table(file, file[at + 9], at + 10);
      const [data, end] = blocks(file, body + 1);
      gif.frames.push({ width, height, delay, palette: local ?? global, indices: unpack(data, file[body]) });
      at = end;
    } else throw new Error(`unknown block ${kind} at ${at}`);
  }
}

/** A colour table, where the flags say that there is one, and where it ends. */
function table(file, flags, at) {
  if (!(flags & 0x80)) return [undefined, at];
  const count = 2 << (flags & 7);
  return [Array.from({ length: count }, (_, i) => [...file.subarray(at + 3 * i, at + 3 * i + 3)]), at + 3 * count];
}

function blocks(file, at) {
  const parts = [];
  while (file[at] !== 0) {
    parts.push(file.subarray(at + 1, at + 1 + file[at]));
    at += 1 + file[at];
  }
  return [Buffer.concat(parts), at + 1];
}

/** GIF's variety of LZW, appendix F. */
function unpack(data, least) {
  const [clear, stop] = [1 << least, (1 << least) + 1];
  const out = [];
  let [words, size, previous, bits, held] = [[], least + 1, undefined, 0, 0];
  const reset = () => {
    words = [...Array.from({ length: clear }, (_, i) => [i]), [], []];
    size = least + 1;
    previous = undefined;
  };
  reset();
  for (const byte of data) {
    held |= byte << bits;
    bits += 8;
    while (bits >= size) {
      const code = held & ((1 << size) - 1);
      held >>>= size;
      bits -= size;
      if (code === stop) return out;
      if (code === clear) {
        reset();
        continue;
      }
      const word = code < words.length ? words[code] : [...previous, previous[0]];
      for (const index of word) out.push(index);
      if (previous && words.length < 4096) words.push([...previous, word[0]]);
      if (words.length === 1 << size && size < 12) size += 1;
      previous = word;
    }
  }
  return out;
}
