import { describe, expect, it } from "vitest";

import {
  configJsonSchema,
  configurationDocs,
} from "../../src/config/schema-docs.js";
import { settingFields } from "../../src/config/schema-fields.js";

describe("docs/configuration.md", () => {
  // Made anew with: npx vitest run --config test/vitest.config.ts --project fast test/config -u
  it("is what the schema says", async () => {
    await expect(configurationDocs()).toMatchFileSnapshot(
      "../../docs/configuration.md",
    );
  });

  it("names every key", () => {
    const docs = configurationDocs();
    for (const { path } of settingFields()) expect(docs).toContain(path.at(-1));
  });
});

describe("configJsonSchema", () => {
  it("describes every section, closed to unknown keys", () => {
    const schema = configJsonSchema() as {
      additionalProperties: boolean;
      properties: Record<string, { properties?: Record<string, unknown> }>;
    };
    expect(schema.additionalProperties).toBe(false);
    expect(schema.properties["timeouts"]?.properties?.["dns"]).toMatchObject({
      default: "5s",
      description: "Look-up of the name.",
    });
    expect(Object.keys(schema.properties)).toEqual([
      "listen",
      "intercept",
      "timeouts",
      "retry",
      "breaker",
      "health",
      "rule",
      "mirror",
      "upstream",
      "offline",
      "resolve",
      "tls",
      "store",
      "export",
    ]);
  });
});
