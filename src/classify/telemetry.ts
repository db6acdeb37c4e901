import type { RequestInfo } from "../model/request-kind.js";
import type { RequestUrl } from "./request-url.js";

const HOST = "telemetry.go.dev";
const UPLOAD = /^\/upload\/\d{4}-\d{2}-\d{2}$/;

/** Go's own telemetry: weekly reports sent by the go command (golang.org/x/telemetry/internal/upload). */
export function telemetryRequest(url: RequestUrl): RequestInfo | undefined {
  if (url.method === "POST" && UPLOAD.test(url.path))
    return { kind: "telemetry", template: "upload/{date}" };
  return url.host === HOST
    ? { kind: "telemetry", template: "{path}" }
    : undefined;
}
