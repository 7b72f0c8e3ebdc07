// Writes the tensors of a safetensors file as torch.save does: a pickle in a ZIP archive, or what it wrote before.
import { zipSync } from "fflate";

const bytes = (text) => Buffer.from(text, "latin1");
const text = (value) => {
  const content = Buffer.from(value);
  return Buffer.concat([bytes("X"), word(content.length), content]);
};
const word = (value) => {
  const four = Buffer.alloc(4);
  four.writeUInt32LE(value);
  return four;
};
const whole = (value) => Buffer.concat([bytes("J"), word(value)]);
const tuple = (...parts) => Buffer.concat([bytes("("), ...parts, bytes("t")]);

/** Every tensor of a safetensors file of f32: name, shape, bytes. */
function tensorsOf(file) {
  const start = 8 + Number(file.readBigUInt64LE(0));
  const header = JSON.parse(file.subarray(8, start).toString());
  return Object.entries(header).map(
    ([
      name,
      {
        shape,
        data_offsets: [first, end],
      },
    ]) => {
      return { name, shape, content: file.subarray(start + first, start + end) };
    },
  );
}

/** A dictionary of tensors, whose storages have the numbers from 0 on for keys. */
function dictionary(tensors) {
  const entries = tensors.map(({ name, shape, content }, key) => {
    const strides = shape.map((_, at) => shape.slice(at + 1).reduce((product, side) => product * side, 1));
    const parts = [text("storage"), bytes("ctorch\nFloatStorage\n"), text(`${key}`), text("cpu")];
    const storage = [tuple(...parts, whole(content.length / 4)), bytes("Q")];
    const shapes = [shape, strides].map((sides) => tuple(...sides.map(whole)));
    const hooks = bytes("\x89ccollections\nOrderedDict\n)R");
    const arguments_ = tuple(...storage, whole(0), ...shapes, hooks);
    return [text(name), bytes("ctorch._utils\n_rebuild_tensor_v2\n"), arguments_, bytes("R")];
  });
  return Buffer.concat([bytes("}("), ...entries.flat(), bytes("u")]);
}

const pickle = (...parts) => Buffer.concat([bytes("\x80\x02"), ...parts, bytes(".")]);

/** The file that torch.save(state_dict) writes of these tensors. */
export function torchFile(safetensors) {
  const tensors = tensorsOf(safetensors);
  const stored = (content) => [new Uint8Array(content), { level: 0 }];
  const storages = tensors.map(({ content }, key) => [`archive/data/${key}`, stored(content)]);
  const state = stored(pickle(dictionary(tensors)));
  const files = {
    "archive/data.pkl": state,
    "archive/byteorder": stored(bytes("little")),
    ...Object.fromEntries(storages),
  };
  return Buffer.from(zipSync(files));
}

/** The file that PyTorch before 1.6 writes of `{ state_dict, epoch }`. */
export function legacyTorchFile(safetensors) {
  const tensors = tensorsOf(safetensors);
  const keys = tensors.map((_, key) => text(`${key}`));
  const contents = tensors.flatMap(({ content }) => [word(content.length / 4), word(0), content]);
  return Buffer.concat([
    pickle(bytes("\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19")),
    pickle(bytes("M\xe9\x03")),
    pickle(bytes("}"), text("little_endian"), bytes("\x88s")),
    pickle(bytes("}("), text("state_dict"), dictionary(tensors), text("epoch"), bytes("K\x03u")),
    pickle(bytes("]("), ...keys, bytes("e")),
    ...contents,
  ]);
}

/** A file of PyTorch whose pickle calls a function of Python. */
export function callingFile() {
  const stored = [new Uint8Array(pickle(bytes("cos\nsystem\n"), text("true"), bytes("\x85R"))), { level: 0 }];
  return Buffer.from(zipSync({ "archive/data.pkl": stored }));
}

/** The tensors of a safetensors file in two, each with every other one. */
export function shardsOf(safetensors, write) {
  const tensors = tensorsOf(safetensors);
  return [0, 1].map((half) => {
    let end = 0;
    const own = tensors.filter((_, index) => index % 2 === half);
    const header = own.map(({ name, shape, content }) => {
      end += content.length;
      return [name, { dtype: "F32", shape, data_offsets: [end - content.length, end] }];
    });
    return {
      names: own.map(({ name }) => name),
      file: write(
        Object.fromEntries(header),
        own.map(({ content }) => content),
      ),
    };
  });
}
