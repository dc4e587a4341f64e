import { badState, shapeMismatch } from "../../errors.js";
import type { RecurrentState } from "../../nn/index.js";
import type { StreamModel } from "../model.js";
import type { StreamState } from "../state.js";

/**
 * The state of a network as one of its stream: what a window of training left, or a `LearnedState`, to go on from.
 *
 * state: as `Recurrent.forward` and `Stack.forward` take and return it, each value [B, its width]; of several networks on top of
 * each other, their records one after the other. Errors: `E_STATE`, `E_SHAPE` for records that are not the model's.
 *
 * @example model.session({ state: streamState(model, start.forward(1)) })
 */
export function streamState(model: StreamModel, state: RecurrentState): StreamState {
  const layers = new Set(model.states.map(({ layer }) => layer)).size;
  if (state.length !== layers) throw badState("streamState", `of ${layers} records (layers)`, `${state.length}`);
  const batch = Object.values(state[0])[0]?.shape[0] ?? 1;
  const parts = model.states.map(({ layer, name, width }) => {
    const value = state[layer][name];
    const names = model.states.filter((one) => one.layer === layer).map((one) => one.name);
    if (value === undefined || Object.keys(state[layer]).length !== names.length) {
      const given = Object.keys(state[layer]).join(", ");
      throw badState("streamState", `{ ${names.join(", ")} } in record ${layer}`, `{ ${given} }`);
    }
    const { shape } = value;
    if (shape.length !== 2 || shape[0] !== batch || shape[1] !== width) {
      throw shapeMismatch(`streamState: state ${name} of record ${layer}`, [batch, width], shape);
    }
    return { values: value.toArray(), width };
  });
  const size = parts.reduce((sum, { width }) => sum + width, 0);
  const values = new Float32Array(batch * size);
  let at = 0;
  for (let row = 0; row < batch; row++) {
    for (const { values: own, width } of parts) {
      for (let j = 0; j < width; j++) values[at++] = own[row * width + j];
    }
  }
  return { model: model.hash, batch, values };
}
