import type { Mirror } from "../model/settings.js";
import type { Source } from "../model/source.js";
import type { ChecksumDatabase } from "./checksum-database.js";
import {
  askedHop,
  type GoproxyChain,
  type Hop,
  hopsAcrossBars,
} from "./goproxy-chain.js";
import {
  checksumFile,
  mirrorsOf,
  type RoutedRequest,
  says,
} from "./routed-request.js";
import { belowBase, type SourceBase, sourceAt } from "./source-base.js";

/** A request's place: below an entry of the chain, or at the database itself. */
interface Asked {
  /** The entry of the chain; undefined: the database was asked directly. */
  index: number | undefined;
  base: SourceBase;
  /** Below the database's base: `lookup/…`, percent-encoded as go sent it. */
  tail: string;
}

/**
 * Who else may answer a request to the session's checksum database. Look-ups and tiles are signed or hash to what is signed: any
 * entry of the chain, also across `,`, any mirror named for one of them or for the database, and the database itself where go might
 * have asked it. So may `supported`: its 200 pins go to the proxy that it asked, whose look-ups find their way as above: it does not
 * matter who said it. `latest` crosses `|` alone, and never goes to a mirror.
 */
export function sumdbSources(
  request: RoutedRequest,
  chain: GoproxyChain,
  database: ChecksumDatabase,
  mirrors: readonly Mirror[],
): Source[] {
  const asked = askedAt(request, chain, database);
  if (asked === undefined) return [];
  const { index, tail } = asked;
  const proxied = `sumdb/${database.name}/${tail}`;
  const atHop = ({ base }: Pick<Hop, "base">): Source =>
    sourceAt("chain", base, proxied, "checksums");
  if (request.info.kind === "sumdb-latest")
    return index === undefined ? [] : hopsAcrossBars(chain, index).map(atHop);

  const mirrored = (base: SourceBase): Source[] =>
    mirrorsOf(base, proxied, "checksums", mirrors);
  const hops = otherHops(chain, index).flatMap((hop) => [
    atHop(hop),
    ...mirrored(hop.base),
  ]);
  // The database itself has no such file.
  if (request.info.kind === "sumdb-supported")
    return [...mirrored(asked.base), ...hops];
  const ofDatabase = mirrorsOf(database.base, tail, "checksums", mirrors);
  if (index === undefined) return [...ofDatabase, ...hops];
  const direct = chain.some(({ type }) => type === "direct");
  return [
    ...mirrored(asked.base),
    ...hops,
    ...(direct ? [sourceAt("sumdb", database.base, tail, "checksums")] : []),
    ...ofDatabase,
  ];
}

/** Whether a request goes to the database through an entry of the chain. */
export function asksProxy(
  request: RoutedRequest,
  chain: GoproxyChain,
  database: ChecksumDatabase,
): boolean {
  return askedAt(request, chain, database)?.index !== undefined;
}

function askedAt(
  request: RoutedRequest,
  chain: GoproxyChain,
  database: ChecksumDatabase,
): Asked | undefined {
  const file = checksumFile(request.info);
  if (file === undefined || request.info.sumdbName !== database.name)
    return undefined;
  const { origin, target } = request;
  const hop = askedHop(chain, origin, target);
  const entry = hop && chain[hop.index];
  const front = `sumdb/${database.name}/`;
  if (hop?.rest.startsWith(front) && entry?.type === "proxy") {
    const tail = hop.rest.slice(front.length);
    return says(tail, file)
      ? { index: hop.index, base: entry.base, tail }
      : undefined;
  }
  const tail = belowBase(database.base, origin, target);
  return tail !== undefined && file !== "supported" && says(tail, file)
    ? { index: undefined, base: database.base, tail }
    : undefined;
}

/** Those behind the one that was asked first: the ones before it have most likely said no. */
function otherHops(chain: GoproxyChain, index: number | undefined): Hop[] {
  const from = index ?? -1;
  return [
    ...chain.slice(from + 1),
    ...chain.slice(0, Math.max(from, 0)),
  ].filter((entry) => entry.type === "proxy");
}
