/**
 * The verifier key that a GOSUMDB setting means (cmd/go/internal/modfetch, dbDial).
 * @param gosumdb `name`, `name+hash+key`, either with a URL after it, or `off`
 * @param known keys that go knows by name alone
 * @returns `name+hash+key`; undefined for `off`, for more than two fields, and for a bare name that is not known
 */
export function sumdbKeyOf(
  gosumdb: string,
  known: ReadonlyMap<string, string>,
): string | undefined {
  const fields = gosumdb.trim().split(/\s+/);
  const [first = ""] = fields;
  if (fields.length > 2) return undefined;
  return known.get(first) ?? (first.includes("+") ? first : undefined);
}

/** The database's own name in a verifier key: a GOSUMDB may be an alias of it. */
export function sumdbNameOf(key: string): string {
  return key.split("+", 1)[0] ?? "";
}
