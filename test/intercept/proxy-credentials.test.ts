import { describe, expect, it } from "vitest";

import {
  basicCredentials,
  runIdOf,
} from "../../src/intercept/proxy-credentials.js";

const basic = (text: string): string =>
  `Basic ${Buffer.from(text).toString("base64")}`;

describe("basicCredentials", () => {
  it.each([
    [basic("run-1:token"), { username: "run-1", password: "token" }],
    [basic("u:p:q"), { username: "u", password: "p:q" }],
    [basic(":"), { username: "", password: "" }],
    [basic("ü:ö").replace("Basic", "bASIC"), { username: "ü", password: "ö" }],
    [basic("no colon"), undefined],
    ["Bearer abc", undefined],
    ["Basic", undefined],
    ["Basic !!!", undefined],
  ])("%s", (field, wanted) => {
    expect(basicCredentials(field)).toEqual(wanted);
  });
});

describe("runIdOf", () => {
  it.each([
    ["run-0123456789abcdef", "0123456789abcdef"],
    ["run-0123456789ABCDEF", undefined],
    ["run-0123", undefined],
    ["xrun-0123456789abcdef", undefined],
    ["", undefined],
  ])("%s", (name, wanted) => {
    expect(runIdOf(name)).toBe(wanted);
  });
});
