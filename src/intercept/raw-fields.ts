import type { HeaderList } from "../model/headers.js";

/** Node's flat `rawHeaders` as pairs. */
export function pairFields(flat: readonly string[]): HeaderList {
  const fields: (readonly [string, string])[] = [];
  for (let i = 0; i + 1 < flat.length; i += 2)
    fields.push([flat[i] ?? "", flat[i + 1] ?? ""]);
  return fields;
}

/** Pairs as node:http writes them, in this order and case. */
export function flattenFields(fields: HeaderList): string[] {
  const flat: string[] = [];
  for (const [name, value] of fields) flat.push(name, value);
  return flat;
}
