import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

const source = (path: string): string => fileURLToPath(new URL(`./src/${path}`, import.meta.url));

// Tests read the sources, not dist: the package's own names resolve to src/ here, as tsconfig `paths` does for types.
export const alias = [
  { find: /^#host$/, replacement: source("node/host.ts") },
  { find: /^hiddenstate$/, replacement: source("index.ts") },
  { find: /^hiddenstate\/([a-z]+)$/, replacement: source("$1/index.ts") },
];

export default defineConfig({
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
    passWithNoTests: true,
  },
});
