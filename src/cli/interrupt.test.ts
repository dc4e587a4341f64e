import { afterEach, expect, test, vi } from "vitest";
import { interruptible } from "./interrupt.js";

afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

test("the first Ctrl-C asks to stop, the same one passed on by npm changes nothing, a second one ends at once", () => {
  const exit = vi.spyOn(process, "exit").mockImplementation((() => {}) as never);
  let now = 1000;
  vi.spyOn(performance, "now").mockImplementation(() => now);
  const told = vi.fn();
  const { signal, release } = interruptible(told);
  expect(signal.aborted).toBe(false);
  process.emit("SIGINT");
  expect([signal.aborted, told.mock.calls.length, exit.mock.calls.length]).toEqual([true, 1, 0]);
  now += 20;
  process.emit("SIGINT");
  expect([told.mock.calls.length, exit.mock.calls.length]).toEqual([1, 0]);
  now += 1000;
  process.emit("SIGINT");
  expect(exit).toHaveBeenCalledWith(130);
  release();
  expect(process.listenerCount("SIGINT")).toBe(0);
});
