// A small object as a shorter one: one letter a field, and nothing for a field that has its usual value. The usual value is
// a guess from what is known already (the row's columns, the enclosing object, fields further up): a wrong guess costs
// bytes, never truth.

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
export type JsonObject = Record<string, Json>;

/** @template T the field's value @template Self the object it stands in @template Outer what encloses that */
export interface Field<T, Self, Outer> {
  key: string;
  write(value: T, self: Self, originUs: number): Json;
  read(json: Json, self: Self, originUs: number): T;
  /** May look only at fields of `self` that stand further up in the shape. */
  usual?: Usual<T, Self, Outer>;
}

export type Usual<T, Self, Outer> = (self: Self, outer: Outer) => T | undefined;

/** Every field of the model has its row here, but those that are kept elsewhere: a new one is a type error until it has. */
export type Fields<T, Outer, Elsewhere extends keyof T> = {
  [K in Exclude<keyof T, Elsewhere>]-?: Field<
    Exclude<T[K], undefined>,
    T,
    Outer
  >;
};

export interface Shape<T, Outer, Elsewhere extends keyof T = never> {
  /** @param originUs instants are kept relative to it */
  pack(value: T, outer: Outer, originUs: number): JsonObject;
  unpack(
    packed: JsonObject,
    outer: Outer,
    originUs: number,
    elsewhere: Pick<T, Elsewhere>,
  ): T;
}

export function shapeOf<T, Outer, Elsewhere extends keyof T = never>(
  fields: Fields<T, Outer, Elsewhere>,
): Shape<T, Outer, Elsewhere> {
  const rows = Object.entries(fields) as [
    keyof T & string,
    Field<unknown, T, Outer>,
  ][];
  if (new Set(rows.map(([, field]) => field.key)).size !== rows.length)
    throw new Error("two fields have one key");
  return {
    pack(value, outer, originUs) {
      const packed: JsonObject = {};
      for (const [name, field] of rows) {
        const own: unknown = value[name];
        if (own === field.usual?.(value, outer)) continue;
        packed[field.key] =
          own === undefined ? null : field.write(own, value, originUs);
      }
      return packed;
    },
    unpack(packed, outer, originUs, elsewhere) {
      // Not a spread copy: V8 gives that no room to grow, and each field added to it costs a microsecond.
      const value: Record<string, unknown> = {};
      Object.assign(value, elsewhere);
      const self = value as T;
      for (const [name, field] of rows) {
        const json = packed[field.key];
        if (json === null) continue;
        const own =
          json === undefined
            ? field.usual?.(self, outer)
            : field.read(json, self, originUs);
        if (own !== undefined) value[name] = own;
      }
      return self;
    },
  };
}

/** A value that is JSON already. */
export function plain<T, Self, Outer>(
  key: string,
  usual?: Usual<T, Self, Outer>,
): Field<T, Self, Outer> {
  return {
    key,
    write: (value) => value as Json,
    read: (json) => json as T,
    ...(usual === undefined ? {} : { usual }),
  };
}

/** An instant in milliseconds with whole microseconds, kept as microseconds since the origin. */
export function instant<Self, Outer>(
  key: string,
  usual?: Usual<number, Self, Outer>,
): Field<number, Self, Outer> {
  return {
    key,
    write: (atMs, _self, originUs) => Math.round(atMs * 1000) - originUs,
    read: (json, _self, originUs) => (Number(json) + originUs) / 1000,
    ...(usual === undefined ? {} : { usual }),
  };
}

export function nested<T, Self>(
  key: string,
  shape: Shape<T, Self>,
): Field<T, Self, unknown> {
  return {
    key,
    write: (value, self, originUs) => shape.pack(value, self, originUs),
    read: (json, self, originUs) =>
      shape.unpack(json as JsonObject, self, originUs, {}),
  };
}

/** Elements know where they stand in the list. */
export function list<T, Self>(
  key: string,
  shape: Shape<T, Placed<Self>>,
): Field<T[], Self, unknown> {
  return {
    key,
    write: (values, within, originUs) =>
      values.map((value, index) =>
        shape.pack(value, { within, index }, originUs),
      ),
    read: (json, within, originUs) =>
      (json as JsonObject[]).map((packed, index) =>
        shape.unpack(packed, { within, index }, originUs, {}),
      ),
  };
}

export interface Placed<Self> {
  within: Self;
  index: number;
}
