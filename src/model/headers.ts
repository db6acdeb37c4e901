/** Header fields as they stood on the wire: order, case (HTTP/1.1) and repetition kept. */
export type HeaderList = readonly (readonly [name: string, value: string])[];

/** The first value of a field, or undefined. Names compare without case (RFC 9110 §5.1). */
export function headerValue(
  headers: HeaderList,
  name: string,
): string | undefined {
  const wanted = name.toLowerCase();
  for (const [key, value] of headers)
    if (key.toLowerCase() === wanted) return value;
  return undefined;
}
