import type { RequestInfo } from "../model/request-kind.js";
import type { Mirror } from "../model/settings.js";
import type { Source } from "../model/source.js";
import { checksumDatabase } from "./checksum-database.js";
import { parseGoproxy } from "./goproxy-chain.js";
import { isModuleFile, moduleSources } from "./module-sources.js";
import { isPrivateModule, type PrivateSettings } from "./private-modules.js";
import type { RoutedRequest } from "./routed-request.js";
import { asksProxy, sumdbSources } from "./sumdb-sources.js";

/** As `go env` reports them; absent and empty are the same. */
export interface RoutingSettings extends PrivateSettings {
  goproxy?: string | undefined;
  gosumdb?: string | undefined;
}

/** What decides who else may answer. */
export interface RoutingFacts {
  /** Undefined: not known (yet); then nobody but the host that go named is asked. */
  session: RoutingSettings | undefined;
  mirrors: readonly Mirror[];
  /** parseGoproxy's. */
  behindFront?: (entry: string) => string;
}

/**
 * Who may answer a request, in the order in which they are asked: the source that go named, then those that SPEC §4 ("The chain is
 * the user's privacy") allows for a module or the checksum database. Never empty, nobody twice. A method other than GET and HEAD,
 * credentials, a private module and an unknown session keep a request with the host that go named.
 */
export function sourcesFor(
  request: RoutedRequest,
  facts: RoutingFacts,
): Source[] {
  const { hostHeader, info, origin, target } = request;
  const own: Source = {
    role: "own",
    name: hostHeader,
    origin,
    target,
    hostHeader,
  };
  const { session } = facts;
  if (
    session === undefined ||
    !request.repeatable ||
    request.hasCredentials ||
    isPrivateRequest(info, session)
  )
    return [own];
  return unique([own, ...otherSources(request, facts, session)]);
}

function otherSources(
  request: RoutedRequest,
  { behindFront, mirrors }: RoutingFacts,
  session: RoutingSettings,
): Source[] {
  const chain = parseGoproxy(session.goproxy ?? "", behindFront);
  if (isModuleFile(request.info.kind))
    return moduleSources(request, chain, mirrors);
  const database = checksumDatabase(session.gosumdb ?? "");
  return database === undefined
    ? []
    : sumdbSources(request, chain, database, mirrors);
}

/** Whether a request names a module, or a repository, that one of the session's patterns calls private. */
export function isPrivateRequest(
  { modulePath }: Pick<RequestInfo, "modulePath">,
  settings: PrivateSettings,
): boolean {
  return modulePath !== undefined && isPrivateModule(modulePath, settings);
}

/**
 * Whether gotap itself may answer 200 (and nothing else) to `/sumdb/NAME/supported` when nobody else did: where the session's chain
 * has `direct`, by which go may ask the database itself. The 200 pins go to the proxy that it asked, and the look-ups that it sends
 * there are answered by the database (sourcesFor). Without it, a chain that ends in `,direct` is dead for go as soon as the proxy
 * in front fails this one question (FACTS G5).
 */
export function mayAnswerSupported(
  request: RoutedRequest,
  { behindFront, session }: Omit<RoutingFacts, "mirrors">,
): boolean {
  if (request.info.kind !== "sumdb-supported" || session === undefined)
    return false;
  if (!request.repeatable || request.hasCredentials) return false;
  const chain = parseGoproxy(session.goproxy ?? "", behindFront);
  const database = checksumDatabase(session.gosumdb ?? "");
  return (
    database !== undefined &&
    chain.some(({ type }) => type === "direct") &&
    asksProxy(request, chain, database)
  );
}

/** A mirror may be an entry of the chain too: the first of two is the one. */
function unique(sources: readonly Source[]): Source[] {
  const seen = new Set<string>();
  return sources.filter(({ origin: { host, port, scheme }, target }) => {
    const key = JSON.stringify([scheme, host, port, target]);
    return !seen.has(key) && seen.add(key);
  });
}
