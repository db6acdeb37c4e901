/** 200 hosts as CONNECT may name them: short and long names, addresses of both kinds, IDNA in both spellings, odd but legal ones. */
export function manyHosts(): string[] {
  const label63 = "a".repeat(63);
  const special = [
    "localhost",
    "proxy",
    "goproxy.cn",
    "GOPROXY.IO",
    "example.com.",
    "_underscore.example.com",
    "xn--fiqs8s.example.com",
    "münchen.example.com",
    "例え.example.com",
    "0x7f.example.com",
    "1.2.3.example.com",
    `${"b".repeat(52)}.example.com`, // 64 characters: the last that fits a common name
    `${"b".repeat(53)}.example.com`,
    `${label63}.${label63}.${label63}.${"c".repeat(61)}`, // 253
    "127.0.0.1",
    "255.255.255.255",
    "::1",
    "::",
    "[::1]",
    "2001:db8::ff00:42:8329",
    "::ffff:192.0.2.1",
    "fe80::1",
    "1:2:3:4:5:6:7:8",
    "2001:db8:0:0:1::",
  ];
  const rest = Array.from({ length: 200 - special.length }, (_, index) =>
    [
      `h${index}.modules.example.com`,
      `10.0.${index}.${255 - index}`,
      `2001:db8::${index.toString(16)}`,
      `${"x".repeat((index % 63) + 1)}.corp.example`,
    ].at(index % 4),
  );
  return [...special, ...rest.filter((host) => host !== undefined)];
}
