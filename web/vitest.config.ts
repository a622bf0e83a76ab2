import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    projects: [
      { test: { name: "unit", include: ["src/**/*.test.ts"], environment: "node" } },
      { test: { name: "browser", include: ["browser/**/*.test.ts"], environment: "node", testTimeout: 600000, hookTimeout: 600000 } },
    ],
  },
});
