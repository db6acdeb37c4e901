import { execFile } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

import { expect, it, onTestFinished } from "vitest";

import { loadAuthority } from "../../certs/authority.js";
import { mintLeaf } from "../../certs/leaf.js";
import { manyHosts } from "../certs/hosts.js";

const run = promisify(execFile);
const hasGo = await run("go", ["version"]).then(
  () => true,
  () => false,
);

// Prints one line for each certificate: its host, and what Go's verifier says of it.
const VERIFIER = `package main

import (
	"bufio"
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"os"
	"strings"
)

func main() {
	pem, err := os.ReadFile(os.Args[1])
	if err != nil {
		panic(err)
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(pem) {
		panic("Go does not parse the CA")
	}
	scanner := bufio.NewScanner(os.Stdin)
	for scanner.Scan() {
		host, encoded, _ := strings.Cut(scanner.Text(), "\\t")
		fmt.Printf("%s\\t%v\\n", host, verify(host, encoded, roots))
	}
}

func verify(host, encoded string, roots *x509.CertPool) error {
	der, err := base64.StdEncoding.DecodeString(encoded)
	if err != nil {
		return err
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		return err
	}
	if leaf.SerialNumber.Sign() <= 0 {
		return fmt.Errorf("serial %v", leaf.SerialNumber)
	}
	if n := len(leaf.DNSNames) + len(leaf.IPAddresses); n != 1 {
		return fmt.Errorf("%d names", n)
	}
	_, err = leaf.Verify(x509.VerifyOptions{Roots: roots, DNSName: host})
	return err
}
`;

async function verdictsOf(
  lines: string[],
  certFile: string,
): Promise<string[]> {
  const folder = await mkdtemp(join(tmpdir(), "gotap-go-certs-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  await writeFile(join(folder, "main.go"), VERIFIER);
  await writeFile(join(folder, "go.mod"), "module verifier\n\ngo 1.20\n");
  const child = run("go", ["run", ".", certFile], {
    cwd: folder,
    env: { ...process.env, GOFLAGS: "-mod=mod", GOPROXY: "off" },
    maxBuffer: 2 ** 24,
  });
  child.child.stdin?.end(`${lines.join("\n")}\n`);
  return (await child).stdout.trimEnd().split("\n");
}

// Without go: skipped on a person's machine, failed where CI runs.
it.skipIf(!hasGo && process.env["CI"] === undefined)(
  "Go's own verifier accepts 200 leaves for their hosts, and no stranger's host",
  async () => {
    const dir = await mkdtemp(join(tmpdir(), "gotap-go-certs-"));
    onTestFinished(() => rm(dir, { recursive: true, force: true }));
    const authority = await loadAuthority(dir);
    const keys = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const line = (asked: string, certified: string) => {
      const { der } = mintLeaf(authority, certified, keys, new Date());
      return `${asked}\t${der.toString("base64")}`;
    };
    const hosts = manyHosts();
    // Go's transports turn names outside ASCII into punycode before they verify.
    const asGoAsks = hosts.map((host) =>
      /^[\u0020-\u007e]*$/.test(host) ? host : new URL(`http://${host}`).host,
    );
    const verdicts = await verdictsOf(
      [
        ...hosts.map((host, index) => line(asGoAsks[index] ?? "", host)),
        line("b.example", "a.example"),
        line("sub.a.example", "a.example"),
        line("*.a.example", "*.a.example"),
        line("192.0.2.2", "192.0.2.1"),
      ],
      authority.certFile,
    );
    expect(verdicts.slice(0, 200)).toEqual(
      asGoAsks.map((host) => `${host}\t<nil>`),
    );
    expect(verdicts).toHaveLength(204);
    for (const refused of verdicts.slice(200))
      expect(refused).toMatch(/certificate is (not )?valid for/);
  },
);
