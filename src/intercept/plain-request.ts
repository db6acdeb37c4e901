import type { ClientRequest } from "../model/client.js";
import type { Refusal } from "./refusal.js";
import { admitted, arrivalOf, forbiddenOrigin } from "./connect.js";
import { frontHostRefusal, readFrontPath, refuseFront } from "./front.js";
import { h1ClientRequest, type H1Message } from "./h1-request.js";
import type { Intercepting } from "./interceptor-options.js";

type Route = Pick<ClientRequest, "via" | "origin" | "target" | "hostHeader">;

const NO_PAGE =
  "gotap: this is a proxy: set HTTPS_PROXY and HTTP_PROXY to this address (gotap env prints the lines)";

/**
 * Answers a request that came to the proxy's own port without CONNECT: absolute-form is forwarded, the GOPROXY front's paths
 * go to the origin they name, and anything else learns that this is a proxy.
 */
export async function receivePlainRequest(
  context: Intercepting,
  message: H1Message,
  refuse: (refusal: Refusal) => void,
): Promise<void> {
  const receivedAtMs = context.clock.nowMs();
  const { connection, fields } = message;
  const route = routeOf(message);
  if ("status" in route) {
    refuse(route);
    return;
  }
  const forbidden = forbiddenOrigin(context, route.origin);
  if (forbidden !== undefined) {
    refuse(forbidden);
    return;
  }
  const admission = await admitted(
    context,
    arrivalOf(connection, route.via, route.origin, fields),
  );
  if (connection.socket.destroyed) return;
  if (admission.action === "refuse") {
    refuse(admission);
    return;
  }
  // Asked after the admission, which learns whose GOPROXY it is.
  const { runId } = connection.info;
  if (route.via === "front" && !context.front.allowed(runId, route.origin)) {
    refuse(frontHostRefusal(route.origin));
    return;
  }
  context.onRequest(h1ClientRequest(message, route, receivedAtMs));
}

function routeOf({ checked, fields, connection }: H1Message): Route | Refusal {
  if (checked.form === "absolute")
    return {
      via: "forward",
      origin: checked.origin,
      target: checked.target,
      hostHeader: checked.hostHeader,
    };
  const front = readFrontPath(checked.target);
  if (front === undefined) return { status: 400, text: NO_PAGE };
  const refused = refuseFront(fields, checked.hostHeader);
  if (refused !== undefined) return refused;
  const { runId, origin, target, hostHeader } = front;
  // go opens connections for one GOPROXY alone, so the path's run is the connection's.
  if (runId !== undefined) connection.info.runId = runId;
  return { via: "front", origin, target, hostHeader };
}
