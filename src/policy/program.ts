/** Who is behind a connection, as far as interception cares. */
export type Program = "go" | "git" | "gopls" | "other" | "unknown";

const BY_NAME: [name: RegExp, program: Program][] = [
  // `go1.22.0` and `gotip` are the wrappers of golang.org/dl.
  [/^(?:go|go1(?:\.\d+)*(?:(?:rc|beta)\d+)?|gotip)$/, "go"],
  [/^git(?:-(?:remote-https?|http-fetch|lfs))?$/, "git"],
  [/^gopls$/, "gopls"],
];

/**
 * Who is behind a connection. The executable decides where it is known: `Go-http-client` is what any program written in Go
 * sends.
 * @param userAgent of the CONNECT or the first request
 * @param exe the executable's name or path; Linux's ` (deleted)` and Windows' `.exe` do not count
 */
export function programOf(
  userAgent: string | undefined,
  exe: string | undefined,
): Program {
  if (exe !== undefined && exe !== "") {
    const name = exe
      .replace(/ \(deleted\)$/, "")
      .replace(/^.*[/\\]/, "")
      .replace(/\.exe$/i, "");
    return BY_NAME.find(([pattern]) => pattern.test(name))?.[1] ?? "other";
  }
  if (userAgent === undefined || userAgent === "") return "unknown";
  const product = userAgent.split(/[/ ]/, 1)[0];
  if (product === "Go-http-client") return "go";
  return product === "git" ? "git" : "other";
}
