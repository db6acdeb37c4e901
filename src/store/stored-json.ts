import { GotapError } from "../model/failure.js";

/**
 * The value of a text that we wrote ourselves, some time ago.
 * @param what named in the error: `session 5e55…`
 * @throws GotapError STORE_UNREADABLE where bytes rotted or were edited
 */
export function storedJson(text: string, what: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw unreadable(what, { cause: error });
  }
}

export function unreadable(what: string, options?: ErrorOptions): GotapError {
  return new GotapError(
    "STORE_UNREADABLE",
    `${what} was stored in a form that this gotap cannot read`,
    "Use the newest gotap that wrote to this store.",
    1,
    options,
  );
}
