import type { ResponseHead } from "../model/client.js";
import { headerValue } from "../model/headers.js";
import type { CheckState, Probe } from "./health-target.js";

/** The answer that a check is judged by; redirects are followed before. */
export interface CheckedAnswer {
  head: ResponseHead;
  /** What was read of the body. */
  text: string;
  /** The body ended within what is read of one. */
  whole: boolean;
}

export type Verdict =
  | { passed: true; last: CheckState; cause?: string }
  | { passed: false; last: CheckState; cause: string };

/** How much of something that a peer sent is repeated in a cause. */
const QUOTED = 60;

/** golang.org/x/mod/sumdb/tlog: ParseTree. */
const TREE_HEADER = "go.sum database tree\n";

/**
 * What an answer says about who gave it.
 * @param version that the answer must name exactly, as go asks it to (cmd/go/internal/modfetch/proxy.go, Stat)
 */
export function judgeAnswer(
  answer: CheckedAnswer,
  expects: Probe["expects"] | undefined,
  version: string | undefined,
): Verdict {
  const { status } = answer.head;
  const refusal = refusalOf(answer.head);
  if (refusal !== undefined)
    return { passed: false, last: "request", cause: refusal };
  if (expects === undefined) return { passed: true, last: "request" };
  if (status >= 300) return judgeRefused(answer);
  if (!answer.whole)
    return notIt(expects, "the answer is longer than one can be");
  return expects === "info"
    ? judgeInfo(answer, version)
    : judgeNote(answer.text);
}

/** What a breaker counts too: 5xx and 429; and a proxy on the way that lets nobody through. */
function refusalOf({ status }: ResponseHead): string | undefined {
  if (status === 511) return "answered 511: a network that wants a login first";
  if (status >= 500 || status === 429 || status === 407)
    return `answered ${status}`;
  return undefined;
}

/** 4xx, and a 3xx that leads nowhere: alive, unless a page for people says that something else answers. */
function judgeRefused(answer: CheckedAnswer): Verdict {
  const { status } = answer.head;
  // A check carries no credentials: what go gets with its own is not known.
  if (status === 401)
    return {
      passed: true,
      last: "request",
      cause: "alive, but answered 401: a check carries no credentials",
    };
  if (isHtml(answer))
    return {
      passed: false,
      last: "json",
      cause: `answered ${status} with a page of HTML: no module proxy, or a captive portal?`,
    };
  return {
    passed: true,
    last: "request",
    cause: `alive, but answered ${status}`,
  };
}

function judgeInfo(
  answer: CheckedAnswer,
  version: string | undefined,
): Verdict {
  let read: unknown;
  try {
    read = JSON.parse(answer.text);
  } catch {
    return notIt("info", isHtml(answer) ? "HTML" : undefined);
  }
  const named: unknown =
    typeof read === "object" && read !== null && "Version" in read
      ? read.Version
      : undefined;
  if (typeof named !== "string" || named === "")
    return {
      passed: false,
      last: "version",
      cause: "the JSON has no Version",
    };
  // A major version without its `/v2` is answered with the name that go knows it by.
  const right = [version, `${version}+incompatible`];
  if (version !== undefined && !right.includes(named))
    return {
      passed: false,
      last: "version",
      cause: `says Version ${JSON.stringify(named.slice(0, QUOTED))}, asked for ${version}`,
    };
  return { passed: true, last: "version" };
}

function judgeNote(text: string): Verdict {
  if (!text.startsWith(TREE_HEADER)) return notIt("note", undefined);
  const [size = ""] = text.slice(TREE_HEADER.length).split("\n", 1);
  if (!/^\d{1,18}$/.test(size))
    return {
      passed: false,
      last: "version",
      cause: "the signed tree has no size",
    };
  return { passed: true, last: "version" };
}

function notIt(expects: Probe["expects"], found: string | undefined): Verdict {
  const wanted = expects === "info" ? "not JSON" : "not a signed tree";
  const what = found === undefined ? "" : ` (${found})`;
  return {
    passed: false,
    last: "json",
    cause: `${wanted}${what}: captive portal?`,
  };
}

function isHtml({ head, text }: CheckedAnswer): boolean {
  const type = headerValue(head.headers, "content-type") ?? "";
  return (
    /^\s*(?:text\/html|application\/xhtml)/i.test(type) ||
    /^[\s\uFEFF]*<(?:!doctype|html|head|body)/i.test(text)
  );
}
