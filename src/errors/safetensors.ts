/** Weights as bytes: what is refused, and why. */
import { HiddenstateError, shapeText } from "./letter.js";

function safetensors(problem: string): HiddenstateError {
  const advice = "The file is damaged or was not written as safetensors: copy or export it again.";
  return new HiddenstateError("E_SAFETENSORS", `safetensors: ${problem}. ${advice}`);
}

/** Fewer bytes than a header length takes, or than the header claims. */
export function safetensorsTruncated(needed: number, bytes: number): HiddenstateError {
  return safetensors(`expected at least ${needed} bytes, the file has ${bytes}`);
}

/** A header length beyond what the format allows. */
export function safetensorsHeaderTooLong(length: bigint, limit: number): HiddenstateError {
  return safetensors(`the header claims ${length} bytes, the format allows at most ${limit}`);
}

/** Header bytes that are not UTF-8. */
export function safetensorsEncoding(): HiddenstateError {
  return safetensors("the header is not valid UTF-8");
}

/** A header that is not strict JSON. */
export function safetensorsJson(expected: string, at: number): HiddenstateError {
  return safetensors(`the header is not valid JSON: expected ${expected} at character ${at}`);
}

/** A key that stands twice in one object of the header. */
export function safetensorsDuplicate(key: string, at: number): HiddenstateError {
  return safetensors(`the header has the key ${JSON.stringify(key)} twice (again at character ${at})`);
}

/** Something in the header of another kind than the format asks for. */
export function safetensorsField(where: string, expected: string): HiddenstateError {
  return safetensors(`${where} must be ${expected}`);
}

/** An element type that this reader does not know. */
export function safetensorsDType(name: string, dtype: string, known: readonly string[]): HiddenstateError {
  return new HiddenstateError(
    "E_SAFETENSORS_DTYPE",
    `safetensors: tensor "${name}" has element type ${JSON.stringify(dtype)}, this reader knows ${known.join(", ")}. ` +
      "Convert the tensor to one of these before export.",
  );
}

/** A tensor whose byte range is not what shape × element type needs. */
export function safetensorsSize(
  name: string,
  dtype: string,
  shape: readonly number[],
  needed: number,
  got: number,
): HiddenstateError {
  return safetensors(`tensor "${name}" ${dtype} ${shapeText(shape)} needs ${needed} bytes, its offsets give ${got}`);
}

/** A byte range outside the data. */
export function safetensorsRange(name: string, begin: number, end: number, bytes: number): HiddenstateError {
  return safetensors(`tensor "${name}" lies at bytes ${begin}…${end}, the data has ${bytes}`);
}

/** Two tensors that share bytes. */
export function safetensorsOverlap(first: string, second: string, at: number): HiddenstateError {
  return safetensors(`tensors "${first}" and "${second}" overlap at byte ${at}`);
}

/** Bytes that belong to no tensor. */
export function safetensorsHole(from: number, to: number): HiddenstateError {
  return safetensors(`bytes ${from}…${to} of the data belong to no tensor`);
}

/** Data handed to the writer that does not fill its shape. */
export function safetensorsWriteSize(name: string, shape: readonly number[], length: number): HiddenstateError {
  return new HiddenstateError(
    "E_SHAPE",
    `writeSafetensors: tensor "${name}" has ${length} elements, which do not fill shape ${shapeText(shape)}. ` +
      "Pass the shape of the data.",
  );
}

/** A name that the writer cannot store. */
export function safetensorsWriteName(name: string, problem: "duplicate" | "reserved" | "surrogate"): HiddenstateError {
  const why = {
    duplicate: "is given twice",
    reserved: "is reserved for the metadata",
    surrogate: "is not well-formed Unicode",
  }[problem];
  return new HiddenstateError(
    "E_NAME",
    `writeSafetensors: the name ${JSON.stringify(name)} ${why}. Rename the tensor.`,
  );
}
