import { z } from "zod";

import type { FieldMeta } from "./fields.js";
import { configSchema, layerSchema } from "./schema.js";
import type { PathElement } from "./toml-positions.js";

/** A key outside of the lists: it has one value, and one place that the value came from. */
export interface SettingField {
  /** `timeouts.first_byte` */
  key: string;
  path: string[];
  meta: FieldMeta;
  schema: z.ZodType;
  /** `GOTAP_TIMEOUTS_FIRST_BYTE`; absent where the value is no plain text or number. */
  variable?: string;
}

/** Every key of the schema outside of `[[lists]]`, in the schema's order. */
export function settingFields(): SettingField[] {
  return walk(configSchema, []);
}

function walk(schema: z.ZodObject, above: string[]): SettingField[] {
  return Object.entries(schema.shape).flatMap(([name, wrapped]) => {
    const inner = unwrapped(wrapped);
    const path = [...above, name];
    if (inner instanceof z.ZodObject) return walk(inner, path);
    const meta = metaOf(inner);
    if (meta === undefined) return []; // A list of tables.
    const field: SettingField = {
      key: path.join("."),
      path,
      meta,
      schema: inner,
    };
    if (!(inner instanceof z.ZodArray) && name !== "resolve")
      field.variable = `GOTAP_${path.join("_").toUpperCase()}`;
    return [field];
  });
}

export function unwrapped(schema: unknown): z.ZodType {
  let inner = schema as z.ZodType;
  while (inner instanceof z.ZodOptional) inner = inner.unwrap() as z.ZodType;
  return inner;
}

/** Undefined for tables and lists of tables: they have no value of their own. */
export function metaOf(schema: z.core.$ZodType): FieldMeta | undefined {
  const meta = z.globalRegistry.get(schema);
  return meta?.["expected"] === undefined
    ? undefined
    : (meta as unknown as FieldMeta);
}

/** What stands at a path of a document: the innermost part of the schema that the path reaches. */
export function schemaAt(path: readonly PathElement[]): z.ZodType {
  let schema: z.ZodType = layerSchema;
  for (const element of path) {
    const inner = unwrapped(schema);
    const isLeaf = metaOf(inner) !== undefined;
    if (isLeaf) return inner;
    if (inner instanceof z.ZodArray) schema = inner.element as z.ZodType;
    else if (inner instanceof z.ZodObject)
      schema = (inner.shape as Record<string, z.ZodType>)[element] ?? inner;
  }
  return unwrapped(schema);
}

/** The keys that may stand in the table at `path`. */
export function keysAt(path: readonly PathElement[]): string[] {
  const schema = schemaAt(path);
  return schema instanceof z.ZodObject ? Object.keys(schema.shape) : [];
}
