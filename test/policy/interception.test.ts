import { describe, expect, it } from "vitest";

import {
  decideInterception,
  type InterceptionInput,
} from "../../src/policy/interception.js";
import type { Program } from "../../src/policy/program.js";

const BASE: InterceptionInput = {
  mode: "go",
  program: "go",
  hasRunId: true,
  environmentTrusts: undefined,
  systemStoreTrusts: false,
  refusedRecently: false,
};

const reason = (input: Partial<InterceptionInput>): string => {
  const decision = decideInterception({ ...BASE, ...input });
  return decision.open ? "open" : decision.reason;
};

describe("decideInterception", () => {
  it.each<[Partial<InterceptionInput>, boolean]>([
    // Each of the three ways of trust opens alone; none of them does not.
    [{}, true],
    [{ hasRunId: false }, false],
    [{ hasRunId: false, environmentTrusts: true }, true],
    [{ hasRunId: false, environmentTrusts: false }, false],
    [{ hasRunId: false, systemStoreTrusts: true }, true],
    [{ program: "git" }, true],
    [{ program: "gopls" }, true],
    [{ program: "other" }, false],
    [{ program: "unknown" }, false],
    [{ program: "other", systemStoreTrusts: true }, false],
    [{ refusedRecently: true }, false],
    [{ notTls: true }, false],
    [{ rule: { name: "r", intercept: false } }, false],
    [{ rule: { name: "r", intercept: true }, program: "other" }, true],
    [{ mode: "all", program: "other", hasRunId: false }, true],
    [{ mode: "all", refusedRecently: true }, true],
    [{ mode: "all", rule: { name: "r", intercept: false } }, false],
    [{ mode: "all", notTls: true }, false],
    [{ mode: "none" }, false],
    [{ mode: "none", rule: { name: "r", intercept: true } }, false],
  ])("%j: %s", (input, open) => {
    expect(decideInterception({ ...BASE, ...input }).open).toBe(open);
  });

  it("says why in one line, and how to see inside", () => {
    const programs: Program[] = ["other", "unknown"];
    expect([
      reason({ hasRunId: false }),
      reason({ refusedRecently: true, program: "git" }),
      ...programs.map((program) => reason({ program })),
      reason({ rule: { name: "private code", intercept: false } }),
      reason({ mode: "none" }),
      reason({ notTls: true }),
    ]).toMatchInlineSnapshot(`
      [
        "go would not trust gotap's certificate: to see inside, run it as \`gotap run -- …\`, or first \`eval "$(gotap env)"\`",
        "git refused gotap's certificate less than 10 minutes ago: to see inside, run it as \`gotap run -- …\`, or first \`eval "$(gotap env)"\`",
        "another program, not go, git or gopls: to see inside, set intercept = "all" and let it trust \`gotap ca path\`",
        "an unknown program, not go, git or gopls: to see inside, set intercept = "all" and let it trust \`gotap ca path\`",
        "the rule "private code" says intercept = false: to see inside, change that rule",
        "intercept = "none": to see inside, set it to "go"",
        "it does not speak TLS, so there is nothing to open",
      ]
    `);
  });
});
