import { afterAll, expect, it } from "vitest";
import { Consumer } from "./consumer.js";

const consumer = new Consumer();
afterAll(() => consumer.remove());

const BASE = { target: "es2023", strict: true, skipLibCheck: false, noEmit: true };
const NODENEXT = { module: "nodenext" };
const BUNDLER = { module: "esnext", moduleResolution: "bundler" };
const STRICTEST = {
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  noPropertyAccessFromIndexSignature: true,
  isolatedModules: true,
  verbatimModuleSyntax: true,
};

const HOSTS = [
  ["a page, through a bundler", { lib: ["es2023", "dom"], types: [], ...BUNDLER }],
  ["Node", { lib: ["es2023"], types: ["node"], ...NODENEXT }],
  ["a host without types of its own", { lib: ["es2023"], types: [], ...NODENEXT }],
  ["a project that wants every strictness", { lib: ["es2023", "dom"], types: ["node"], ...NODENEXT, ...STRICTEST }],
] as const;

it.each(HOSTS)("the published declarations suit %s", async (_, options) => {
  expect(await consumer.typecheck("usage.ts", { ...BASE, ...options })).toBe("");
});

// A training may be told to stop by a signal, and a host without types of its own has none.
it.each(HOSTS.filter(([host]) => !host.startsWith("a host without")))(
  "so do those of trainings: %s",
  async (_, options) => {
    expect(await consumer.typecheck("training.ts", { ...BASE, ...options })).toBe("");
  },
);

it("a mistake would be found", async () => {
  const options = { ...BASE, ...NODENEXT, lib: ["es2023"], types: [] };
  expect(await consumer.typecheck("wrong.ts", options)).toContain("wrong.ts(3,");
});
