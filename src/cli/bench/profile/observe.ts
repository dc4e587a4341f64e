/** A workload's step with every moment of it booked, switched on and off between steps. */
import { probePlans } from "../../../cell/probe.js";
import { runtime } from "../../../runtime/index.js";
import { record, type Tensor } from "../../../tensor/index.js";
import type { Region, SequenceModel } from "../models.js";
import { type Bench, type Observer, prepare } from "../phases.js";
import type { Workload } from "../workloads.js";
import { bookedKernels, JAVASCRIPT, type Place } from "./kernel-work.js";
import { type Entry, Ledger } from "./ledger.js";
import { modelFlops } from "./model-flops.js";
import { bookedPlans } from "./plan-work.js";

/** A step that can be watched. */
export interface Watched {
  /** The step as it is. */
  readonly bench: Bench;
  /** What its equations ask for. */
  readonly flops: number;
  /** One step, booked: the accounts sum to its time. */
  booked(): { ms: number; entries: Entry[] };
}

/** Set a workload up such that its steps can be booked. */
export function watch(workload: Workload): Watched {
  const ledger = new Ledger();
  const layers = new LayerNames();
  let place: Place = { region: "recurrent", backward: false };
  let watching = false;
  const observer: Observer = {
    enter: (region) => void (place = { region, backward: false }),
    made: (model) => layers.learn(model),
    border(x: Tensor, before: Region, after: Region): Tensor {
      place = { region: after, backward: false };
      // A layer knows the rows of a table when it sees them, and must still know them: no border is recorded there.
      if (!watching || before === "embedding") return x;
      const beyond = x.view(x.shape);
      const back = (gradients: (Tensor | null)[]): (Tensor | null)[] => {
        place = { region: before, backward: true };
        return gradients;
      };
      record([beyond], [x], back, "border");
      return beyond;
    },
  };
  const bench = prepare(workload, "f32", observer);
  const machine = runtime();
  const booked = (): ReturnType<Watched["booked"]> => {
    watching = true;
    machine.wrapKernels((table) =>
      bookedKernels(
        table,
        ledger,
        () => place,
        (source) => layers.packed(source),
      ),
    );
    probePlans(bookedPlans(ledger, () => layers.current, machine.threads));
    try {
      ledger.start();
      bench.run();
      ledger.lap(JAVASCRIPT);
      return ledger.end();
    } finally {
      watching = false;
      machine.wrapKernels();
      probePlans(undefined);
    }
  };
  return { bench, flops: modelFlops(workload), booked };
}

/** Which layer is about to run: the one whose weights were packed last. */
export class LayerNames {
  #ranges: { from: number; to: number; layer: string }[] = [];
  current = "layer 0";

  /** Learn where the parameters of a model's recurrent layers lie. */
  learn(model: SequenceModel): void {
    for (const [name, { ptr, size }] of model.rnn.namedParameters()) {
      const found = /_l(\d+)(_reverse)?$/.exec(name);
      if (found === null) continue;
      const layer = `layer ${found[1]}${found[2] === undefined ? "" : " reverse"}`;
      this.#ranges.push({ from: ptr, to: ptr + 4 * size, layer });
    }
  }

  /** A pack reads from `source`. */
  packed(source: number): void {
    this.current = this.#ranges.find(({ from, to }) => from <= source && source < to)?.layer ?? this.current;
  }
}
