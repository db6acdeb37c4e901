import { describe, expect, it } from "vitest";

import { bundlesBefore } from "../../src/cli/bundles-before.js";

describe("bundlesBefore", () => {
  it("is empty where nothing is set", () => {
    expect(bundlesBefore({ SSL_CERT_FILE: "" }, "/src")).toEqual({});
  });

  it("makes files absolute and follows each program's own fall-back", () => {
    expect(
      bundlesBefore(
        { SSL_CERT_FILE: "ca.pem", CURL_CA_BUNDLE: "/curl.pem" },
        "/src",
        "/git.pem",
      ),
    ).toEqual({
      SSL_CERT_FILE: "/src/ca.pem",
      GIT_SSL_CAINFO: "/git.pem",
      CURL_CA_BUNDLE: "/curl.pem",
      REQUESTS_CA_BUNDLE: "/curl.pem",
      PIP_CERT: "/curl.pem",
    });
    expect(
      bundlesBefore(
        { GIT_SSL_CAINFO: "/env.pem", SSL_CERT_FILE: "/s.pem" },
        "/",
        "/git.pem",
      ),
    ).toMatchObject({
      GIT_SSL_CAINFO: "/env.pem",
      CURL_CA_BUNDLE: "/s.pem",
    });
  });
});
