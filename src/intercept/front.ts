import type { HeaderList } from "../model/headers.js";
import type { Origin } from "../model/way.js";
import { defaultPort, parseHostHeader } from "../policy/host-port.js";
import { isLoopback, parseIp } from "../policy/ip-address.js";
import { runIdOf } from "./proxy-credentials.js";
import type { Refusal } from "./refusal.js";

/** What a path of the GOPROXY front names. */
export interface FrontTarget {
  /** Undefined where the path has `-`. */
  runId: string | undefined;
  origin: Origin;
  /** The authority as it is written in the path. */
  hostHeader: string;
  /** Path and query at the origin. */
  target: string;
}

/** go joins a GOPROXY's path itself: of `https://` one slash is left (FACTS G26). */
const FRONT =
  /^\/proxy\/(-|run-[0-9a-f]{16}|[0-9a-f]{16})\/(https?)(?::\/?)?\/([^/?]+)(\/[^?]*)?(\?.*)?$/;

/**
 * Reads `/proxy/RUN-OR-DASH/SCHEME/HOST/…` (SPEC §2).
 * @returns undefined for any other path
 */
export function readFrontPath(path: string): FrontTarget | undefined {
  const match = FRONT.exec(path);
  if (match === null) return undefined;
  const [, run = "", schemeText, hostHeader = "", rest = "/", query = ""] =
    match;
  const scheme = schemeText === "http" ? "http" : "https";
  const named = parseHostHeader(hostHeader);
  if ("error" in named) return undefined;
  const { host, port = defaultPort(scheme) } = named;
  return {
    runId: runIdOf(run.startsWith("run-") ? run : `run-${run}`),
    origin: { scheme, host, port },
    hostHeader,
    target: rest + query,
  };
}

/**
 * Whether the front may answer at all: never to a browser, and under no name that a foreign DNS server could point to this
 * machine (SPEC §8).
 * @returns undefined where it may
 */
export function refuseFront(
  headers: HeaderList,
  hostHeader: string,
): Refusal | undefined {
  const browser = headers.some(([name]) => {
    const key = name.toLowerCase();
    return key === "origin" || key.startsWith("sec-fetch-");
  });
  if (browser)
    return {
      status: 403,
      text: "gotap: its GOPROXY front does not answer browsers",
    };
  const named = parseHostHeader(hostHeader);
  const ip = "error" in named ? undefined : parseIp(named.host);
  if (ip !== undefined && isLoopback(ip)) return undefined;
  return {
    status: 403,
    text: "gotap: its GOPROXY front answers only to a loopback address: write 127.0.0.1 in GOPROXY",
  };
}

/** The text for a host that is in no GOPROXY of that run. */
export function frontHostRefusal(origin: Origin): Refusal {
  return {
    status: 403,
    text: `gotap: ${origin.host} is not in the GOPROXY of this run`,
  };
}
