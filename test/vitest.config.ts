import { defineConfig } from "vitest/config";

// fast: everything a person runs all day. go: the real go and git, which compile and download. real: needs a network.
export default defineConfig({
  test: {
    root: new URL("..", import.meta.url).pathname,
    projects: [
      {
        test: {
          name: "fast",
          include: ["test/**/*.test.ts", "test/**/*.test.tsx"],
          exclude: ["test/go/**", "test/real/**"],
          testTimeout: 20_000,
        },
      },
      {
        test: {
          name: "go",
          include: ["test/go/**/*.test.ts"],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          maxWorkers: 2,
        },
      },
      {
        test: {
          name: "real",
          include: ["test/real/**/*.test.ts"],
          testTimeout: 600_000,
          hookTimeout: 120_000,
          maxWorkers: 1,
        },
      },
    ],
  },
});
