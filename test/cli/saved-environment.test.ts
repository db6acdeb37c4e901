import fc from "fast-check";
import { describe, expect, it } from "vitest";

import {
  originalEnvironment,
  restoringChange,
  savingChange,
} from "../../src/cli/saved-environment.js";

function applied(
  env: NodeJS.ProcessEnv,
  change: Record<string, string | undefined>,
): NodeJS.ProcessEnv {
  const after = { ...env };
  for (const [name, value] of Object.entries(change))
    if (value === undefined) delete after[name];
    else after[name] = value;
  return after;
}

const names = fc.constantFrom("A", "B", "c", "C", "LONG_NAME_1");
const variables = fc.dictionary(names, fc.string());

describe("what gotap env remembers", () => {
  it("is given back whole, also after it was set twice, with other variables", () => {
    fc.assert(
      fc.property(variables, variables, variables, (user, first, second) => {
        const once = applied(user, savingChange(user, first));
        expect(originalEnvironment(once)).toEqual(user);
        const twice = applied(once, savingChange(once, second));
        expect(twice).toMatchObject(second);
        expect(applied(twice, restoringChange(twice))).toEqual(user);
      }),
    );
  });

  it("is nothing where nothing was set", () => {
    expect(restoringChange({ HTTPS_PROXY: "x" })).toEqual({});
  });

  it("never names what a shell would run", () => {
    const change = restoringChange({ GOTAP_SAVED_NAMES: "A $(id) ;x B=1" });
    expect(Object.keys(change)).toEqual(["A", "GOTAP_SAVED_NAMES"]);
  });
});
