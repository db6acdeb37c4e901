import { GotapError } from "../model/failure.js";
import {
  BUNDLE_VARIABLES,
  type BundleFiles,
  type RunEnd,
  type RunRegistration,
} from "./protocol.js";

// Bodies as they came from the socket, made sure of. A field that is not known is ignored: the peer may be newer.

type Fields = Record<string, unknown>;

export function stopTimeoutMs(body: unknown): number {
  const { timeoutMs } = fieldsOf(body);
  if (typeof timeoutMs !== "number" || !(timeoutMs >= 0))
    throw wrong("timeoutMs", "a number of milliseconds, 0 or more");
  return timeoutMs;
}

export function previousBundles(body: unknown): BundleFiles {
  const previous = fieldsOf(fieldsOf(body)["previous"]);
  const files: BundleFiles = {};
  for (const variable of BUNDLE_VARIABLES) {
    const file = optionalText(previous, variable);
    if (file !== undefined) files[variable] = file;
  }
  return files;
}

export function breakerName(body: unknown): string {
  const { name } = fieldsOf(body);
  if (!isText(name)) throw wrong("name", "a text");
  return name;
}

export function runRegistration(body: unknown): RunRegistration {
  const fields = fieldsOf(body);
  const { command, cwd, pid, intercept, upstream } = fields;
  if (!Array.isArray(command) || !command.every(isText))
    throw wrong("command", "a list of texts");
  if (!isText(cwd)) throw wrong("cwd", "a text");
  if (!Number.isSafeInteger(pid)) throw wrong("pid", "a process id");
  if (typeof intercept !== "boolean") throw wrong("intercept", "true or false");
  const traceparent = optionalText(fields, "traceparent");
  const noProxy = optionalText(fields, "noProxy");
  const goInsecure = optionalText(fields, "goInsecure");
  return {
    command,
    cwd,
    pid: Number(pid),
    intercept,
    ...(traceparent !== undefined && { traceparent }),
    ...(noProxy !== undefined && { noProxy }),
    ...(goInsecure !== undefined && { goInsecure }),
    ...(upstream !== undefined && { upstream: upstreamUrls(upstream) }),
  };
}

function upstreamUrls(value: unknown): { https?: string; http?: string } {
  const fields = fieldsOf(value);
  const https = optionalText(fields, "https");
  const http = optionalText(fields, "http");
  return {
    ...(https !== undefined && { https }),
    ...(http !== undefined && { http }),
  };
}

export function runEnd(body: unknown): RunEnd {
  const fields = fieldsOf(body);
  const exitCode = optionalInteger(fields, "exitCode");
  const signal = optionalText(fields, "signal");
  const childPid = optionalInteger(fields, "childPid");
  return {
    ...(exitCode !== undefined && { exitCode }),
    ...(signal !== undefined && { signal }),
    ...(childPid !== undefined && { childPid }),
  };
}

function optionalInteger(fields: Fields, name: string): number | undefined {
  const value = fields[name];
  if (value === undefined || Number.isSafeInteger(value))
    return value as number | undefined;
  throw wrong(name, "a whole number");
}

function fieldsOf(body: unknown): Fields {
  if (typeof body !== "object" || body === null || Array.isArray(body))
    throw wrong("the body", "a JSON object");
  return body as Fields;
}

function optionalText(fields: Fields, name: string): string | undefined {
  const value = fields[name];
  if (value === undefined || isText(value)) return value;
  throw wrong(name, "a text");
}

function isText(value: unknown): value is string {
  return typeof value === "string";
}

function wrong(name: string, expected: string): GotapError {
  return new GotapError("BAD_REQUEST", `${name} must be ${expected}`);
}
