/** /proc is Linux's; elsewhere the functions say `undefined`, which has tests of its own where it can be had. */
export const onLinux = process.platform === "linux";
