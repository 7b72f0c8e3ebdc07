// The parts of the ONNX format that a U-Net needs: nodes, initializers, one model. Field numbers are those of onnx.proto3.
import protobuf from "protobufjs";

const SCHEMA = `
syntax = "proto3";
message ModelProto { int64 ir_version = 1; string producer_name = 2; GraphProto graph = 7; repeated Opset opset_import = 8; }
message Opset { string domain = 1; int64 version = 2; }
message GraphProto {
  repeated NodeProto node = 1; string name = 2; repeated TensorProto initializer = 5;
  repeated ValueInfo input = 11; repeated ValueInfo output = 12;
}
message NodeProto {
  repeated string input = 1; repeated string output = 2; string name = 3; string op_type = 4; repeated Attribute attribute = 5;
}
message Attribute { string name = 1; float f = 2; int64 i = 3; bytes s = 4; repeated int64 ints = 8; int32 type = 20; }
message TensorProto { repeated int64 dims = 1; int32 data_type = 2; string name = 8; bytes raw_data = 9; }
message ValueInfo { string name = 1; TypeProto type = 2; }
message TypeProto { TensorType tensor_type = 1; }
message TensorType { int32 elem_type = 1; TensorShape shape = 2; }
message TensorShape { repeated Dimension dim = 1; }
message Dimension { int64 dim_value = 1; string dim_param = 2; }`;

const FLOAT = 1;
const INT64 = 7;
/** Versions that onnxruntime-web reads, and that torch.onnx writes today. */
const OPSET = 18;
const IR_VERSION = 9;

/** A graph that grows node by node; every operation returns the name of its output. */
export class Graph {
  #nodes = [];
  #initializers = [];
  #constants = new Map();

  /** Adds a node of one output. Attributes: a whole number, `{ float }`, a string or a list of whole numbers. */
  op(type, inputs, attributes = {}, [output] = this.#names(type, 1)) {
    this.#nodes.push(nodeOf(type, inputs, [output], attributes));
    return output;
  }

  /** A tensor of floats, as it is stored: weights. */
  floats(name, dims, values) {
    const raw = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
    this.#initializers.push({ name, dims, dataType: FLOAT, rawData: raw });
    return name;
  }

  /** A list of whole numbers, such as a shape; the same list is stored once. */
  integers(values) {
    const name = `integers ${values.join(" ")}`;
    if (!this.#constants.has(name)) {
      const raw = new Uint8Array(BigInt64Array.from(values.map(BigInt)).buffer);
      this.#constants.set(name, { name, dims: [values.length], dataType: INT64, rawData: raw });
    }
    return name;
  }

  /** A single float. */
  scalar(value) {
    const name = `float ${value}`;
    if (!this.#constants.has(name)) {
      const raw = new Uint8Array(Float32Array.of(value).buffer);
      this.#constants.set(name, { name, dims: [], dataType: FLOAT, rawData: raw });
    }
    return name;
  }

  /** The file. `inputs` and `outputs`: [name, "float" or "int64", dims], a dim being a number or a name. */
  toFile(inputs, outputs) {
    const Model = protobuf.parse(SCHEMA).root.lookupType("ModelProto");
    const initializer = [...this.#initializers, ...this.#constants.values()];
    const graph = {
      name: "unet",
      node: this.#nodes,
      initializer,
      input: inputs.map(valueInfo),
      output: outputs.map(valueInfo),
    };
    const opsetImport = [{ domain: "", version: OPSET }];
    return Model.encode({ irVersion: IR_VERSION, producerName: "unnoise-bench", graph, opsetImport }).finish();
  }

  #names(type, count) {
    return Array.from({ length: count }, (_, i) => `${type}_${this.#nodes.length}_${i}`);
  }
}

function nodeOf(opType, input, output, attributes) {
  return { opType, input, output, name: output[0], attribute: Object.entries(attributes).map(attributeOf) };
}

function attributeOf([name, value]) {
  if (typeof value === "number") return { name, i: value, type: 2 };
  if (typeof value === "string") return { name, s: new TextEncoder().encode(value), type: 3 };
  if (Array.isArray(value)) return { name, ints: value, type: 7 };
  return { name, f: value.float, type: 1 };
}

function valueInfo([name, type, dims]) {
  const dim = dims.map((size) => (typeof size === "number" ? { dimValue: size } : { dimParam: size }));
  return { name, type: { tensorType: { elemType: type === "float" ? FLOAT : INT64, shape: { dim } } } };
}
