import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { loadSettings } from "../../src/config/load-settings.js";
import { GotapError } from "../../src/model/failure.js";

let home: string;
let cwd: string;
let env: NodeJS.ProcessEnv;

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "gotap-config-"));
  cwd = join(home, "project");
  mkdirSync(cwd);
  mkdirSync(join(home, "config"));
  env = { GOTAP_HOME: home };
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

function write(name: string, text: string): string {
  const file = join(home, name);
  writeFileSync(file, text);
  return file;
}

function refusal(action: () => unknown): GotapError {
  try {
    action();
  } catch (error) {
    if (error instanceof GotapError) return error;
    throw error;
  }
  throw new Error("nothing was refused");
}

describe("the defaults", () => {
  it("are SPEC's, with the git rule and nothing else", () => {
    const { settings, origins, notices } = loadSettings({ env, cwd });
    expect(settings).toEqual({
      listen: { host: "127.0.0.1", port: 9090 },
      intercept: "go",
      timeouts: {
        dnsMs: 5000,
        connectMs: 10_000,
        proxyMs: 30_000,
        tlsMs: 10_000,
        firstByteMs: 30_000,
        bodyIdleMs: 30_000,
        totalMs: 0,
        patienceMs: 120_000,
      },
      retry: {
        attempts: 3,
        backoffMs: 1000,
        maxBackoffMs: 10_000,
        budget: 0.2,
      },
      breaker: {
        failures: 5,
        failureRate: 0.5,
        windowMs: 30_000,
        openForMs: 15_000,
        halfOpen: 1,
      },
      health: { intervalMs: 10_000, timeoutMs: 3000, failures: 2 },
      rules: [
        {
          name: "git thinks before it speaks",
          kind: ["git-upload-pack"],
          timeouts: { firstByteMs: 300_000 },
        },
      ],
      mirrors: [],
      upstreams: [],
      offline: { use: ["gomodcache"], when: "never" },
      resolve: {},
      tls: { ca: [] },
      store: { maxAgeMs: 1_209_600_000, maxBytes: 536_870_912 },
      export: {},
    });
    expect(new Set(Object.values(origins))).toEqual(new Set(["default"]));
    expect(notices).toEqual([]);
  });
});

describe("precedence", () => {
  it("is decided for each field alone, and its origin is kept", () => {
    const user = write(
      "config/config.toml",
      '[timeouts]\ndns = "1s"\nconnect = "1s"\ntls = "1s"\nproxy = "1s"\ntotal = "1s"\n',
    );
    const project = write(
      "project/gotap.toml",
      '[timeouts]\ndns = "2s"\nconnect = "2s"\ntls = "2s"\nproxy = "2s"\n',
    );
    const named = write(
      "named.toml",
      'timeouts = { dns = "3s", connect = "3s", tls = "3s" }\n',
    );
    const { settings, origins } = loadSettings({
      env: {
        ...env,
        GOTAP_TIMEOUTS_DNS: "4s",
        GOTAP_TIMEOUTS_CONNECT: "4s",
        GOTAP_TIMEOUTS_TOTAL: "",
      },
      cwd,
      configFile: named,
      flags: { "timeouts.dns": "5s", listen: undefined },
    });
    expect(settings.timeouts).toMatchObject({
      dnsMs: 5000,
      connectMs: 4000,
      tlsMs: 3000,
      proxyMs: 2000,
      totalMs: 1000,
      patienceMs: 120_000,
    });
    expect(origins).toMatchObject({
      "timeouts.dns": "--timeouts-dns",
      "timeouts.connect": "GOTAP_TIMEOUTS_CONNECT",
      "timeouts.tls": `${named}:1`,
      "timeouts.proxy": `${project}:5`,
      "timeouts.total": `${user}:6`,
      "timeouts.patience": "default",
    });
  });

  it("takes the file of GOTAP_CONFIG, and --config before it", () => {
    const one = write("one.toml", 'intercept = "all"');
    const two = write("two.toml", 'intercept = "none"');
    const withVariable = { ...env, GOTAP_CONFIG: one };
    expect(loadSettings({ env: withVariable, cwd }).settings.intercept).toBe(
      "all",
    );
    expect(
      loadSettings({ env: withVariable, cwd, configFile: two }).settings
        .intercept,
    ).toBe("none");
  });

  it("merges [resolve] name by name", () => {
    write(
      "config/config.toml",
      '[resolve]\n"goproxy.test" = "127.0.0.1"\n"Other.Test" = "127.0.0.2"\n',
    );
    const named = write("n.toml", 'resolve."goproxy.test" = "::1"');
    const loaded = loadSettings({ env, cwd, configFile: named });
    expect(loaded.settings.resolve).toEqual({
      "goproxy.test": "::1",
      "other.test": "127.0.0.2",
    });
    expect(loaded.origins["resolve.goproxy.test"]).toBe(`${named}:1`);
  });
});

describe("a whole file", () => {
  it("of SPEC is read", () => {
    const file = write(
      "full.toml",
      `[[rule]]
name = "private code stays where it is"
host = ["*.corp.example"]
intercept = false
timeouts.first_byte = "5m"
[[mirror]]
for = "goproxy.cn"
urls = ["https://goproxy.io", "https://mirrors.example.com/goproxy"]
[[upstream]]
name = "socks"
url = "socks5://127.0.0.1:1080"
for = ["*.corp.example"]
[offline]
use = ["gomodcache", "athens:/srv/athens", "athens:store"]
when = "failed"
[tls]
ca = ["company.pem", "/etc/other.pem"]
[store]
max_size = "1.5GB"
[export]
endpoint = "http://127.0.0.1:4318"
`,
    );
    const { settings, notices, origins } = loadSettings({
      env,
      cwd,
      configFile: file,
    });
    expect(settings.rules).toEqual([
      {
        name: "private code stays where it is",
        host: ["*.corp.example"],
        intercept: false,
        timeouts: { firstByteMs: 300_000 },
      },
      expect.objectContaining({ name: "git thinks before it speaks" }),
    ]);
    expect(settings.mirrors[0]?.urls).toHaveLength(2);
    expect(settings.upstreams).toEqual([
      {
        name: "socks",
        url: "socks5://127.0.0.1:1080",
        for: ["*.corp.example"],
      },
    ]);
    expect(settings.tls.ca).toEqual([
      join(home, "company.pem"),
      "/etc/other.pem",
    ]);
    expect(settings.store.maxBytes).toBe(1.5e9);
    expect(settings.export.endpoint).toBe("http://127.0.0.1:4318");
    expect(origins["upstream"]).toBe(`${file}:9`);
    expect(settings.offline).toEqual({
      use: [
        "gomodcache",
        "athens:/srv/athens",
        `athens:${join(home, "store")}`,
      ],
      when: "failed",
    });
    expect(notices).toEqual([]);
  });
});

describe("patience", () => {
  it("is as long as what was set longer, and says who set it", () => {
    const file = write("f.toml", '[timeouts]\nfirst_byte = "5m"\n');
    const { settings, origins, values } = loadSettings({
      env,
      cwd,
      configFile: file,
    });
    expect(settings.timeouts.patienceMs).toBe(300_000);
    expect(origins["timeouts.patience"]).toBe(`${file}:2`);
    expect(values["timeouts"]).toMatchObject({ patience: "5m" });
  });

  it("is what it was set to, however short", () => {
    const file = write(
      "f.toml",
      '[timeouts]\nfirst_byte = "5m"\npatience = "1s"\n',
    );
    const { settings } = loadSettings({ env, cwd, configFile: file });
    expect(settings.timeouts.patienceMs).toBe(1000);
  });
});

describe("where things stand", () => {
  it("each rule's fields, and the built-in one", () => {
    const file = write(
      "f.toml",
      '[[rule]]\nname = "a"\n[[rule]]\nname = "b"\nretry.attempts = 2\n',
    );
    const { ruleOrigin } = loadSettings({ env, cwd, configFile: file });
    expect(ruleOrigin(1, ["retry", "attempts"])).toBe(`${file}:5`);
    expect(ruleOrigin(2, ["timeouts", "first_byte"])).toBe("built in");
  });

  it("every file that counts, or would if it were there", () => {
    const file = write("f.toml", "");
    expect(loadSettings({ env, cwd, configFile: file }).files).toEqual([
      file,
      join(cwd, "gotap.toml"),
      join(home, "config", "config.toml"),
      join(home, "data", "trusted.json"),
    ]);
  });
});

describe("the files that were looked for", () => {
  it("are said to be there or not", () => {
    const file = write("f.toml", "");
    const user = join(home, "config", "config.toml");
    const project = join(cwd, "gotap.toml");
    expect(loadSettings({ env, cwd, configFile: file }).lookedFor).toEqual([
      { file, read: true },
      { file: project, read: false },
      { file: user, read: false },
    ]);
    write("project/gotap.toml", "");
    expect(loadSettings({ env, cwd }).lookedFor).toEqual([
      { file: project, read: true },
      { file: user, read: false },
    ]);
  });
});

describe("a rule whose intercept can never count", () => {
  it("is told, as nobody has seen a request at the CONNECT", () => {
    const file = write(
      "f.toml",
      '[[rule]]\nname = "private"\nmodule = ["corp.example/*"]\nintercept = false\n[[rule]]\nname = "fine"\nhost = ["*.corp.example"]\nintercept = false\n',
    );
    const { notices } = loadSettings({ env, cwd, configFile: file });
    expect(notices).toEqual([
      expect.stringContaining('the rule "private": its intercept never counts'),
    ]);
  });
});

describe("a project's gotap.toml", () => {
  it("sets timeouts and retry only, and one line says what was ignored", () => {
    write(
      "project/gotap.toml",
      'intercept = "none"\n[timeouts]\ndns = "9s"\n[tls]\nca = ["evil.pem"]\n[[upstream]]\nname = "x"\nurl = "http://evil.example:1"\n',
    );
    const { settings, notices } = loadSettings({ env, cwd });
    expect(settings.timeouts.dnsMs).toBe(9000);
    expect(settings.intercept).toBe("go");
    expect(settings.tls.ca).toEqual([]);
    expect(settings.upstreams).toEqual([]);
    expect(notices).toHaveLength(1);
    expect(notices[0]).toContain("ignored: intercept, tls, upstream");
  });

  it("counts in full where the user names it", () => {
    const file = write("project/gotap.toml", 'intercept = "none"');
    const loaded = loadSettings({ env, cwd, configFile: "gotap.toml" });
    expect(loaded.settings.intercept).toBe("none");
    expect(loaded.origins["intercept"]).toBe(`${file}:1`);
    expect(loaded.notices).toEqual([]);
  });
});

describe("what is refused", () => {
  it("an unknown key, with its place and the key that was meant", () => {
    const file = write(
      "f.toml",
      '# a comment\n[timeouts]\n  first-byte = "5s"\n',
    );
    const error = refusal(() => loadSettings({ env, cwd, configFile: file }));
    expect(error.code).toBe("CONFIG_UNKNOWN_KEY");
    expect(error.message).toBe(
      `${file}:3:3: there is no key "timeouts.first-byte"`,
    );
    expect(error.hint).toBe("did you mean timeouts.first_byte?");
    expect(error.exitCode).toBe(2);
  });

  it.each([
    ['first_byte = "5s"', "did you mean timeouts.first_byte?"],
    ["[timeout]\n", "did you mean timeouts?"],
    ['[[rule]]\nname = "x"\nhosts = ["a"]', "did you mean rule.host?"],
    ["[export]\nzzzzzzzzzz = 1", "the keys there are: endpoint"],
  ])("an unknown key: %s", (text, hint) => {
    const file = write("f.toml", text);
    expect(
      refusal(() => loadSettings({ env, cwd, configFile: file })).hint,
    ).toBe(hint);
  });

  it.each([
    [
      "[timeouts]\ndns = 5\n",
      "2:7: timeouts.dns is 5, and must be a duration from 0 (no limit) to 24d: a number with ms, s, m, h or d",
      'for example dns = "5s"',
    ],
    [
      "retry = { backoff = '1s', attempts = 99 }",
      "1:38: retry.attempts is 99, and must be a whole number from 1 to 20",
      "for example attempts = 1",
    ],
    [
      'intercept = "maybe"',
      '1:13: intercept is "maybe", and must be one of "go", "all", "none"',
      'for example intercept = "go"',
    ],
    [
      'timeouts = "5s"',
      '1:12: timeouts is "5s", and must be a table',
      "write [timeouts] and its keys below it",
    ],
    [
      '[rule]\nname = "x"',
      '1:1: rule is {"name":"x"}, and must be a table',
      "write [[rule]] and its keys below it",
    ],
    [
      '[[rule]]\nhost = ["a"]\n[[rule]]\nname = "b"\nkind = [\n  "zip",\n  "zap",\n]',
      "1:1: rule[0].name is missing",
      'it must be a text that is not empty, on one line, for example name = "git thinks before it speaks"',
    ],
    [
      '[[rule]]\nname = "a"\n[[rule]]\nname = "b"\nkind = [\n  "zip", # one\n  "zap",\n]',
      '7:3: rule[1].kind[1] is "zap", and must be a list of ',
      'for example kind = ["zip", "mod"]',
    ],
    [
      '[resolve]\n"goproxy.test" = "nowhere"',
      '2:18: resolve.goproxy.test is "nowhere", and must be an IP address',
      'for example goproxy.test = "127.0.0.1"',
    ],
    [
      '[[upstream]]\nname = "u"\nurl = "ftp://x"',
      '3:7: upstream[0].url is "ftp://x", and must be a URL that begins with http:// or https:// or socks5:// or socks5h://',
      'for example url = "http://127.0.0.1:8080"',
    ],
    [
      '[store]\nmax_size = "512"',
      '2:12: store.max_size is "512", and must be a size from 1MiB',
      'for example max_size = "512MiB"',
    ],
    [
      'listen = "localhost"',
      '1:10: listen is "localhost", and must be HOST:PORT',
      'for example listen = "127.0.0.1:9090"',
    ],
  ])("a wrong value: %s", (text, message, hint) => {
    const file = write("f.toml", text);
    const error = refusal(() => loadSettings({ env, cwd, configFile: file }));
    expect(error.code).toBe("CONFIG_VALUE");
    expect(error.message).toContain(`${file}:${message}`);
    expect(error.hint).toBe(hint);
  });

  it.each([
    ['for = "https://goproxy.cn"\nurls = ["https://a.test"]', "mirror[0].for"],
    ['for = "goproxy.cn:443"\nurls = ["https://a.test"]', "mirror[0].for"],
    ['for = "*.goproxy.cn"\nurls = ["https://a.test"]', "mirror[0].for"],
    ['for = "*"\nurls = ["https://a.test"]', "mirror[0].for"],
    ['for = "a.test"\nurls = []', "mirror[0].urls"],
    ...[
      "https://user:pw@a.test",
      "https://a.test/?x=1",
      "https://a.test/#x",
      "https://a.test?",
      "https:/a.test",
      "https://a.test /x",
      "socks5://a.test",
      "a.test",
    ].map((url) => [`for = "a.test"\nurls = ["${url}"]`, "mirror[0].urls[0]"]),
  ])("a mirror: %s", (text, key) => {
    const file = write("f.toml", `[[mirror]]\n${text}`);
    const error = refusal(() => loadSettings({ env, cwd, configFile: file }));
    expect(error.code).toBe("CONFIG_VALUE");
    expect(error.message).toContain(key);
  });

  it.each([
    ['name = "direct"\nurl = "http://a.test:1"', "upstream[0].name"],
    [
      'name = "a"\nurl = "http://a.test:1"\n[[upstream]]\nname = "a"\nurl = "http://b.test:1"',
      "upstream[1].name",
    ],
    ['name = "a\\u001b[2J"\nurl = "http://a.test:1"', "upstream[0].name"],
    ['name = "a"\nurl = "http://a.test/path"', "upstream[0].url"],
    ['name = "a"\nurl = "http://a.test:0"', "upstream[0].url"],
    ['name = "a"\nurl = "http://%zz@a.test:1"', "upstream[0].url"],
    [
      'name = "a"\nurl = "http://a.test:1"\nfor = ["a.*.test"]',
      "upstream[0].for[0]",
    ],
  ])("a way: %s", (text, key) => {
    const file = write("f.toml", `[[upstream]]\n${text}`);
    const error = refusal(() => loadSettings({ env, cwd, configFile: file }));
    expect(error.code).toBe("CONFIG_VALUE");
    expect(error.message).toContain(key);
  });

  it.each([
    "[retry]\nattempts = 0",
    "[retry]\nattempts = 21",
    "[retry]\nbudget = 1.1",
    "[breaker]\nfailure_rate = 0",
    "[breaker]\nhalf_open = 0",
    '[breaker]\nopen_for = "0s"',
    '[health]\ninterval = "0"',
    "[health]\nfailures = 0",
    '[timeouts]\ntotal = "25d"',
    '[offline]\nuse = ["athens:"]',
    '[offline]\nwhen = "sometimes"',
    '[[rule]]\nname = "a"\nhost = ["https://a.test"]',
    '[[rule]]\nname = "a"\nretry.attempts = 0',
  ])("out of range: %s", (text) => {
    const file = write("f.toml", text);
    expect(
      refusal(() => loadSettings({ env, cwd, configFile: file })).code,
    ).toBe("CONFIG_VALUE");
  });

  it("nothing of what is meant", () => {
    const file = write(
      "f.toml",
      `[[rule]]
name = "hosts"
host = ["*", "*.corp.example", "Corp.Example", "::1", "192.0.2.7", "under_score.test"]
[[mirror]]
for = "GoProxy.io"
urls = ["https://a.test/base/", "http://[::1]:3000"]
[[upstream]]
name = "s"
url = "socks5h://user:p%40ss@[::1]:1080"
`,
    );
    const { settings } = loadSettings({ env, cwd, configFile: file });
    expect(settings.rules).toHaveLength(2);
    expect(settings.mirrors).toHaveLength(1);
    expect(settings.upstreams).toHaveLength(1);
  });

  it("a wrong value of a variable and of a flag, by their names", () => {
    expect(
      refusal(() =>
        loadSettings({ env: { ...env, GOTAP_RETRY_ATTEMPTS: "many" }, cwd }),
      ).message,
    ).toBe(
      'GOTAP_RETRY_ATTEMPTS: retry.attempts is "many", and must be a whole number from 1 to 20',
    );
    expect(
      refusal(() => loadSettings({ env, cwd, flags: { listen: "9090" } }))
        .message,
    ).toContain('--listen: listen is "9090"');
  });

  it("what is no TOML, at its place", () => {
    const file = write("f.toml", 'listen = "127.0.0.1:1"\n[timeouts\n');
    const error = refusal(() => loadSettings({ env, cwd, configFile: file }));
    expect(error.code).toBe("CONFIG_SYNTAX");
    expect(error.message).toMatch(/f\.toml:2:\d+: no TOML: /);
  });

  it("a named file that is not there, and a folder", () => {
    expect(
      refusal(() => loadSettings({ env, cwd, configFile: "gone.toml" })).code,
    ).toBe("CONFIG_NOT_FOUND");
    expect(
      refusal(() => loadSettings({ env, cwd, configFile: home })).code,
    ).toBe("CONFIG_UNREADABLE");
  });

  it("a file that is too long, and a key that is no plain one", () => {
    const long = write("f.toml", "#".repeat(65_537));
    expect(
      refusal(() => loadSettings({ env, cwd, configFile: long })).code,
    ).toBe("CONFIG_UNREADABLE");
    for (const key of ["__proto__", "constructor", "toString"])
      expect(
        refusal(() =>
          loadSettings({
            env,
            cwd,
            configFile: write("k.toml", `${key} = 1\n[timeouts]\n${key} = 1`),
          }),
        ).code,
      ).toBe("CONFIG_UNKNOWN_KEY");
  });

  it("control characters of a file in a message", () => {
    write("project/gotap.toml", '"\\u001b[2J\\u202E" = 1');
    const { message } = refusal(() => loadSettings({ env, cwd }));
    expect(message).not.toContain("\u001B");
    expect(message).not.toContain("\u202E");
    expect(message).toContain("there is no key");
  });

  it("an address for others, unless it was typed", () => {
    const file = write("f.toml", 'listen = "0.0.0.0:9090"');
    const error = refusal(() => loadSettings({ env, cwd, configFile: file }));
    expect(error.code).toBe("LISTEN_REMOTE");
    expect(error.message).toContain(`${file}:1`);
    expect(
      loadSettings({ env, cwd, flags: { listen: "[::]:0" } }).settings.listen,
    ).toEqual({ host: "::", port: 0 });
  });
});

describe("GOTAP_* variables", () => {
  it("convert to the key's type", () => {
    const { settings } = loadSettings({
      env: { ...env, GOTAP_RETRY_BUDGET: "0.5", GOTAP_LISTEN: "[::1]:0" },
      cwd,
    });
    expect(settings.retry.budget).toBe(0.5);
    expect(settings.listen).toEqual({ host: "::1", port: 0 });
  });

  it("that mean nothing are named, with what was meant", () => {
    const { notices } = loadSettings({
      env: {
        ...env,
        GOTAP_TIMEOUT_DNS: "1s",
        GOTAP_SSLKEYLOGFILE: "keys",
        GOTAP_SAVED_HTTPS_PROXY: "http://x",
      },
      cwd,
    });
    expect(notices).toEqual([
      'the variable "GOTAP_TIMEOUT_DNS" means nothing to gotap; did you mean GOTAP_TIMEOUTS_DNS?',
    ]);
  });
});
