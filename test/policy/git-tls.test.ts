import { describe, expect, it } from "vitest";

import { gitClientCertificate, gitTls } from "../../src/policy/git-tls.js";

const URL = "https://corp.example/lib.git/info/refs";
const NOTHING = { caFiles: [], caFolders: [] };

describe("gitTls", () => {
  it.each([
    ["false", true],
    ["No", true],
    ["off", true],
    ["0", true],
    ["", true],
    ["true", false],
    ["1", false],
    [undefined, false],
  ])("sslVerify = %s", (value, insecure) => {
    expect(gitTls([["http.sslverify", value]], {}, URL)).toEqual(
      insecure ? { ...NOTHING, insecure: "git http.sslVerify=false" } : NOTHING,
    );
  });

  it("GIT_SSL_NO_VERIFY counts with any value, also over the configuration", () => {
    expect(
      gitTls([["http.sslverify", "true"]], { GIT_SSL_NO_VERIFY: "" }, URL)
        .insecure,
    ).toBe("GIT_SSL_NO_VERIFY");
  });

  it("for the URL that is named alone", () => {
    const entries = [
      ["http.https://corp.example/other/.sslverify", "false"],
    ] as const;
    expect(gitTls(entries, {}, URL)).toEqual(NOTHING);
  });

  it("CA files of the configuration and of the environment", () => {
    expect(
      gitTls(
        [
          ["http.sslcainfo", "~/all.pem"],
          ["http.https://corp.example.sslcainfo", "~/corp.pem"],
          ["http.sslcapath", "/ca"],
        ],
        { GIT_SSL_CAINFO: "/bundle.pem" },
        URL,
      ),
    ).toEqual({
      caFiles: ["~/corp.pem", "/bundle.pem"],
      caFolders: ["/ca"],
    });
  });
});

describe("gitClientCertificate", () => {
  const origin = "https://corp.example";
  it.each([
    [[["http.sslcert", "c"]], {}, "git http.sslCert"],
    [[], { GIT_SSL_CERT: "c" }, "GIT_SSL_CERT"],
    [[["http.https://corp.example/team.sslcert", "c"]], {}, "git http.sslCert"],
    [[["http.https://*.example.sslcert", "c"]], {}, "git http.sslCert"],
    [[["http.https://other.example.sslcert", "c"]], {}, undefined],
    [[["http.sslcert", ""]], { GIT_SSL_CERT: "" }, undefined],
    [[["http.sslkey", "k"]], {}, undefined],
  ] as const)("%j with %j: %s", (entries, env, says) => {
    expect(gitClientCertificate(entries, env, origin)).toBe(says);
  });
});
