import { defineConfig } from "vitest/config";

const slow = ["test/**/*.slow.test.ts"];

/** Files that register activations, which a process keeps: in processes of their own, where no other file meets them. */
const registering = ["test/arch/registry", "test/cli/onnx", "test/examples/**/*", "test/import/**/*"].map(
  (path) => `${path}.test.ts`,
);

const quick = { testTimeout: 60_000, hookTimeout: 60_000 };

export default defineConfig({
  test: {
    reporters: ["default", "./test/support/summary-reporter.ts"],
    pool: "forks",
    maxWorkers: 2,
    projects: [
      {
        extends: true,
        // Modules are loaded once a process instead of once a file: half of the time. The library keeps no other state.
        test: {
          name: "fast",
          include: ["test/**/*.test.ts"],
          exclude: [...slow, ...registering],
          isolate: false,
          ...quick,
        },
      },
      { extends: true, test: { name: "fast-isolated", include: registering, ...quick } },
      { extends: true, test: { name: "slow", include: slow, testTimeout: 600_000, hookTimeout: 300_000 } },
    ],
  },
});
