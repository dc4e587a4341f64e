import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

const source = (path: string): string => fileURLToPath(new URL(`./src/${path}`, import.meta.url));

// Tests read the sources, not dist: the package's own names resolve to src/ here, as tsconfig `paths` does for types.
const alias = [
  { find: /^#host$/, replacement: source("node/host.ts") },
  { find: /^hiddenstate$/, replacement: source("index.ts") },
  { find: /^hiddenstate\/([a-z/]+)$/, replacement: source("$1/index.ts") },
];

export default defineConfig({
  test: {
    passWithNoTests: true,
    projects: [
      {
        resolve: { alias },
        test: {
          name: "node",
          include: ["src/**/*.test.ts", "test/**/*.test.ts"],
          exclude: ["**/node_modules/**", "test/platform/**"],
          environment: "node",
          // One process per file: the heap, the tape and the worker pool are process-wide.
          pool: "forks",
          maxWorkers: 2,
          testTimeout: 30_000,
          hookTimeout: 30_000,
          sequence: { groupOrder: 0 },
        },
      },
      {
        // The built package in other engines: they need the machine's cores for themselves, so one file at a time, last.
        test: {
          name: "platform",
          include: ["test/platform/**/*.test.ts"],
          environment: "node",
          pool: "forks",
          maxWorkers: 1,
          testTimeout: 60_000,
          hookTimeout: 60_000,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
