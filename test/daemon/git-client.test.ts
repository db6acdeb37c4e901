import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  expect,
  it,
} from "vitest";

import { furtherRoots } from "../../certs/upstream-roots.js";
import { CaTexts } from "../../src/daemon/ca-texts.js";
import { type GitClient, GitClients } from "../../src/daemon/git-client.js";
import { FakeClock } from "../support/fake-clock.js";
import { makeFolder, removeFolder } from "../support/temp-folder.js";
import {
  makeTestAuthority,
  type TestAuthority,
} from "../support/test-authority.js";
import { because, whyNot } from "../support/tools.js";

const reason = whyNot("git");
const URL = "https://corp.example:443/lib.git/info/refs";

describe.skipIf(reason)(`GitClients${because(reason)}`, () => {
  let authority: TestAuthority;
  let known: TestAuthority;
  let folder: string;
  let clock: FakeClock;
  let clients: GitClients;
  let read: number;
  beforeAll(() => {
    authority = makeTestAuthority();
    known = makeTestAuthority();
  });
  afterAll(() => {
    authority.remove();
    known.remove();
  });
  beforeEach(() => {
    folder = makeFolder("gitclient");
    clock = new FakeClock();
    read = 0;
    const pems = new Set([known.ca.trim()]);
    const texts = new CaTexts((text) => {
      read += 1;
      return furtherRoots(text, pems, []);
    });
    clients = new GitClients(clock, texts);
  });
  afterEach(() => removeFolder(folder));

  const look = (
    config: string,
    env: Record<string, string> = {},
  ): Promise<GitClient> => {
    writeFileSync(join(folder, ".gitconfig"), config);
    return clients.look({
      cwd: folder,
      env: {
        PATH: process.env["PATH"],
        HOME: folder,
        GIT_CONFIG_NOSYSTEM: "1",
        ...env,
      },
    });
  };

  it("asks for nothing where nothing is set", async () => {
    const git = await look("");
    expect(git.trustFor(URL)).toBeUndefined();
    expect(git.clientCertificateAt("https://corp.example:443")).toBeUndefined();
  });

  it("reads files under HOME and in git's own folder, and folders", async () => {
    writeFileSync(join(folder, "home.pem"), authority.ca);
    mkdirSync(join(folder, "certs"));
    writeFileSync(join(folder, "certs", "a.pem"), authority.ca);
    const expected = (setBy: string) => ({
      extraRoots: [authority.ca.trim()],
      setBy,
    });
    const home = await look("[http]\n\tsslCAInfo = ~/home.pem\n");
    expect(home.trustFor(URL)).toEqual(expected("git http.sslCAInfo"));
    const own = await look("", { GIT_SSL_CAINFO: "home.pem" });
    expect(own.trustFor(URL)).toEqual(expected("git http.sslCAInfo"));
    const path = await look("", { GIT_SSL_CAPATH: join(folder, "certs") });
    expect(path.trustFor(URL)).toEqual(expected("git http.sslCAPath"));
  });

  it("what is trusted anyway asks for nothing", async () => {
    const git = await look("", { GIT_SSL_CAINFO: known.caFile });
    expect(git.trustFor(URL)).toBeUndefined();
  });

  it("a file that cannot be read adds nothing", async () => {
    const git = await look("", { GIT_SSL_CAINFO: "/nowhere.pem" });
    expect(git.trustFor(URL)).toBeUndefined();
  });

  it("git is asked once for the same place, for some seconds; a file is read when it has changed", async () => {
    const env = { GIT_SSL_CAINFO: authority.caFile };
    const first = await look("", env);
    expect(await look("[http]\n\tsslVerify = false\n", env)).toBe(first);
    clock.advance(5_001);
    const second = await look("[http]\n\tsslVerify = false\n", env);
    expect(second.trustFor(URL)).toEqual({
      insecure: true,
      setBy: "git http.sslVerify=false",
    });
    expect(read).toBe(1);
  });
});
