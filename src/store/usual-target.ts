import { escapeCapitals } from "../model/module-name.js";
import type { RequestInfo, RequestKind } from "../model/request-kind.js";

// Guesses of the codec: what a request to a module proxy without a path of its own looks like. A wrong guess costs bytes
// in the store and nothing else.

const VERSION_FILE = "{module}/@v/{version}.";

const TEMPLATES: Partial<Record<RequestKind, string>> = {
  list: "{module}/@v/list",
  info: `${VERSION_FILE}info`,
  mod: `${VERSION_FILE}mod`,
  zip: `${VERSION_FILE}zip`,
  latest: "{module}/@latest",
};

export function usualTemplate(kind: RequestKind): string | undefined {
  return TEMPLATES[kind];
}

export function usualTarget(request: RequestInfo): string {
  return (
    "/" +
    request.template
      .replace("{module}", () => escapeCapitals(request.modulePath ?? ""))
      .replace("{version}", () => escapeCapitals(request.moduleVersion ?? ""))
  );
}
