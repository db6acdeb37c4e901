/**
 * The bytes behind padded standard base64 (RFC 4648 §4), written in the one way there is to write them; else undefined. Node's
 * own decoder takes anything.
 */
export function decodeBase64(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, "base64");
  return bytes.toString("base64") === text ? bytes : undefined;
}
