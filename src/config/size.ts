const UNIT_BYTES: Record<string, number> = {
  B: 1,
  kB: 1e3,
  MB: 1e6,
  GB: 1e9,
  KiB: 2 ** 10,
  MiB: 2 ** 20,
  GiB: 2 ** 30,
};

/** Reads `"512MiB"`, `"1.5GB"`. @returns whole bytes, or undefined where it is no size (a bare number has no unit) */
export function sizeBytes(value: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?) ?(B|kB|MB|GB|KiB|MiB|GiB)$/.exec(value);
  if (match === null) return undefined;
  const bytes = Number(match[1]) * (UNIT_BYTES[match[2] ?? ""] ?? Number.NaN);
  return Number.isSafeInteger(Math.round(bytes))
    ? Math.round(bytes)
    : undefined;
}
