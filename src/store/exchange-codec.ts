import type { ExchangeRecord } from "../model/record.js";
import { EXCHANGE } from "./exchange-shape.js";
import type { ExchangeColumns } from "./exchange-shape.js";
import type { JsonObject } from "./shape.js";
import { storedJson, unreadable } from "./stored-json.js";

/**
 * Version of the text below. Raised when a key changes its meaning; a key that is only added needs none, since readers pass
 * over what they do not know.
 */
const VERSION = 1;

/** What stands beside the text in the row. */
export interface ExchangeIdentity extends ExchangeColumns {
  exchangeId: string;
  sessionId: string;
}

export function columnsOf(record: ExchangeRecord): ExchangeColumns {
  return {
    host: record.host,
    status: record.status,
    bytes: record.responseBytes,
  };
}

/** A request on a connection that was there before takes about 200 bytes. Instants keep whole microseconds. */
export function encodeExchange(record: ExchangeRecord): string {
  const originUs = Math.round(record.startedAtMs * 1000);
  const packed = EXCHANGE.pack(record, columnsOf(record), originUs);
  return JSON.stringify([VERSION, originUs, packed] satisfies Stored);
}

/** @throws GotapError STORE_UNREADABLE for a text of another version or none of ours */
export function decodeExchange(
  text: string,
  identity: ExchangeIdentity,
): ExchangeRecord {
  const what = `request ${identity.exchangeId}`;
  const stored = storedJson(text, what) as Stored | null;
  if (!Array.isArray(stored) || stored[0] !== VERSION) throw unreadable(what);
  const [, originUs, packed] = stored;
  return EXCHANGE.unpack(packed, identity, originUs, {
    type: "exchange",
    exchangeId: identity.exchangeId,
    sessionId: identity.sessionId,
    startedAtMs: originUs / 1000,
  });
}

type Stored = [version: number, originUs: number, packed: JsonObject];
