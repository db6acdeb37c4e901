/**
 * Whether a host is what a rule's pattern names: `*.corp.example` any subdomain of it but not itself, `corp.example` that
 * host alone, `*` all. Case and a dot at the end do not count.
 */
export function matchesHostPattern(pattern: string, host: string): boolean {
  const wanted = bare(pattern);
  const name = bare(host);
  if (wanted === "*") return true;
  return wanted.startsWith("*.")
    ? name.length > wanted.length - 1 && name.endsWith(wanted.slice(1))
    : name === wanted;
}

function bare(text: string): string {
  return text.toLowerCase().replace(/\.$/, "");
}
