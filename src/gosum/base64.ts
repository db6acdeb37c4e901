const STANDARD =
  /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** The bytes behind padded standard base64 (RFC 4648 §4), or undefined: Node's own decoder takes anything. */
export function decodeBase64(text: string): Buffer | undefined {
  return STANDARD.test(text) ? Buffer.from(text, "base64") : undefined;
}
