/** Comparisons of a contract check: they return nothing or throw E_CONTRACT with the place and both values. */
import { contractBroken } from "../errors.js";
import type { StateNumbers } from "./contract-case.js";
import { distance, firstDifference, type Numbers } from "./contract-numbers.js";

export class Judge {
  readonly #cell: string;
  readonly #check: string;
  #compared = 0;

  constructor(cell: string, check: string) {
    this.#cell = cell;
    this.#check = check;
  }

  /** Numbers compared so far: a check that compared none proved nothing. */
  get compared(): number {
    return this.#compared;
  }

  fail(what: string): never {
    throw contractBroken(this.#cell, this.#check, what);
  }

  /** Equal bits, all finite. */
  same(name: string, got: Numbers, expected: Numbers): void {
    this.#shapes(name, got, expected);
    const at = firstDifference(got, expected);
    if (at >= 0) this.fail(`${name}${place(got, at)} is ${got.data[at]}, expected exactly ${expected.data[at]}`);
  }

  /** Closer than `tolerance`, measured by the largest number expected. */
  close(name: string, got: Numbers, expected: Numbers, tolerance: number): void {
    this.#shapes(name, got, expected);
    const error = distance(got, expected);
    if (!(error <= tolerance)) this.fail(`${name} is off by ${error} of its largest number, allowed ${tolerance}`);
  }

  sameStates(name: string, got: StateNumbers, expected: StateNumbers): void {
    this.#states(name, got, expected, (at, a, b) => this.same(at, a, b));
  }

  closeStates(name: string, got: StateNumbers, expected: StateNumbers, tolerance: number): void {
    this.#states(name, got, expected, (at, a, b) => this.close(at, a, b, tolerance));
  }

  sameRecord(name: string, got: Readonly<Record<string, Numbers>>, expected: Readonly<Record<string, Numbers>>): void {
    for (const [key, value] of Object.entries(expected)) this.same(`${name} ${key}`, got[key], value);
  }

  closeRecord(
    name: string,
    got: Readonly<Record<string, Numbers>>,
    expected: Readonly<Record<string, Numbers>>,
    tolerance: number,
  ): void {
    for (const [key, value] of Object.entries(expected)) this.close(`${name} ${key}`, got[key], value, tolerance);
  }

  #states(
    name: string,
    got: StateNumbers,
    expected: StateNumbers,
    compare: (at: string, a: Numbers, b: Numbers) => void,
  ): void {
    expected.forEach((record, i) => {
      for (const [key, value] of Object.entries(record)) compare(`${name} ${i}.${key}`, got[i][key], value);
    });
  }

  #shapes(name: string, got: Numbers, expected: Numbers): void {
    this.#compared += expected.data.length;
    const wild = expected.data.find((value) => !Number.isFinite(value));
    if (wild !== undefined) this.fail(`${name} should be ${wild}: nothing can be compared with a cell that explodes`);
    if (got.shape.join() === expected.shape.join()) return;
    this.fail(`${name} has shape [${got.shape.join(", ")}], expected [${expected.shape.join(", ")}]`);
  }
}

function place({ shape }: Numbers, index: number): string {
  let rest = index;
  const at = shape.toReversed().map((size) => {
    const i = rest % size;
    rest = (rest - i) / size;
    return i;
  });
  return `[${at.toReversed().join(", ")}]`;
}
