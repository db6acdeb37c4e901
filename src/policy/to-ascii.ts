/** A host name in its ASCII form (IDNA, punycode); what has none comes back as it was. */
export function toAscii(name: string): string {
  if (/^\p{ASCII}*$/u.test(name)) return name;
  try {
    return new URL(`http://${name}`).hostname;
  } catch {
    return name;
  }
}
