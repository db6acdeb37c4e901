/** How well a URL of git's configuration fits another: compared in this order. */
interface Fit {
  hostLength: number;
  pathLength: number;
}

/** What a `http.*` key without a URL is: it fits everything, worse than any that names one. */
const FITS_ALL: Fit = { hostLength: 0, pathLength: 0 };

/** One entry of git's configuration: `http.sslverify` or `http.https://host/.sslverify`, and its value; undefined: `[http] sslVerify`. */
export type GitEntry = readonly [key: string, value: string | undefined];

/**
 * The `http.*` variables that hold for a URL, by their lower-case names: what `git config --get-urlmatch http URL` prints
 * (urlmatch.c). The best URL wins for each variable, of equal ones the last. A key whose URL names a user fits nothing here:
 * the user stands in no request.
 * @param entries in git's own order
 * @param url a whole URL
 */
export function gitUrlMatch(
  entries: readonly GitEntry[],
  url: string,
): Map<string, string | undefined> {
  const asked = parsed(url);
  const best = new Map<string, { fit: Fit; value: string | undefined }>();
  for (const [key, value] of entries) {
    const parts = /^http\.(?:(.*)\.)?([^.]+)$/s.exec(key);
    const name = parts?.[2]?.toLowerCase();
    if (name === undefined || asked === undefined) continue;
    const fit = parts?.[1] === undefined ? FITS_ALL : fitOf(parts[1], asked);
    const before = best.get(name);
    if (fit === undefined || (before && isWorse(fit, before.fit))) continue;
    best.set(name, { fit, value });
  }
  return new Map([...best].map(([name, { value }]) => [name, value]));
}

function isWorse(one: Fit, other: Fit): boolean {
  return one.hostLength === other.hostLength
    ? one.pathLength < other.pathLength
    : one.hostLength < other.hostLength;
}

function fitOf(text: string, asked: URL): Fit | undefined {
  const wanted = parsed(text);
  if (
    wanted === undefined ||
    wanted.username !== "" ||
    wanted.protocol !== asked.protocol ||
    wanted.port !== asked.port ||
    !hostFits(wanted.hostname, asked.hostname)
  )
    return undefined;
  const path = wanted.pathname.replace(/\/$/, "");
  const fits = asked.pathname === path || asked.pathname.startsWith(`${path}/`);
  return fits
    ? { hostLength: wanted.hostname.length, pathLength: path.length + 1 }
    : undefined;
}

/** `*` stands for one whole label. */
function hostFits(pattern: string, host: string): boolean {
  const wanted = pattern.split(".");
  const labels = host.split(".");
  return (
    wanted.length === labels.length &&
    wanted.every((label, i) => label === "*" || label === labels[i])
  );
}

function parsed(text: string): URL | undefined {
  try {
    return new URL(text);
  } catch {
    return undefined;
  }
}
