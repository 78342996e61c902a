import { defineConfig } from "vitest/config";

const slow = ["test/**/*.slow.test.ts"];

export default defineConfig({
  test: {
    reporters: ["default", "./test/support/summary-reporter.ts"],
    pool: "forks",
    maxWorkers: 2,
    projects: [
      {
        extends: true,
        test: { name: "fast", include: ["test/**/*.test.ts"], exclude: slow, testTimeout: 30_000, hookTimeout: 60_000 },
      },
      { extends: true, test: { name: "slow", include: slow, testTimeout: 600_000, hookTimeout: 300_000 } },
    ],
  },
});
