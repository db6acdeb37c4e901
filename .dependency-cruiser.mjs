// Who may import whom: one table, and the rules are made from it. A folder that a row does not name may not be
// imported from that row. docs/architecture.md explains the picture behind it.
const MAY_IMPORT = {
  model: "",
  classify: "model",
  policy: "model",
  span: "model",
  session: "model",
  gosum: "model",
  certs: "model",
  evidence: "model",
  config: "model",
  exchange: "model classify policy",
  upstream: "model policy certs",
  relay: "model exchange upstream gosum",
  intercept: "model policy certs",
  diagnose: "model span",
  store: "model span",
  export: "model span",
  feed: "model span",
  report: "model span",
  observe: "model span session store feed export diagnose evidence",
  offline: "model gosum store",
  health: "model upstream classify config",
  probe: "model upstream classify config",
  doctor: "model upstream classify config",
  control: "model feed",
  tui: "model span diagnose report",
};
// daemon wires everything but the two ways in; cli sees everything; main sees cli alone.
const everything = Object.keys(MAY_IMPORT).filter((name) => name !== "tui");
MAY_IMPORT.daemon = everything.join(" ");
MAY_IMPORT.cli = [...everything, "daemon", "tui"].join(" ");

const PURE = [
  "model",
  "classify",
  "policy",
  "exchange",
  "session",
  "span",
  "diagnose",
  "report",
];

/** Each third-party package has one home folder. */
const HOME = {
  "better-sqlite3": "store",
  "http-mitm-proxy": "intercept",
  "node-forge": "certs",
  socks: "upstream",
  commander: "cli",
  "smol-toml": "config",
  zod: "config",
  "env-paths": "config",
};

const folder = (name) =>
  name === "certs" || name === "tui" ? `^${name}/` : `^src/${name}/`;

const tableRules = Object.entries(MAY_IMPORT).map(([name, allowed]) => {
  const open = [name, ...allowed.split(" ").filter(Boolean)].map(folder);
  return {
    name: `${name}-imports-only-${allowed.replaceAll(" ", "-") || "nothing"}`,
    severity: "error",
    from: { path: folder(name) },
    to: { path: "^(src|certs|tui)/", pathNot: open },
  };
});

const homeRules = Object.entries(HOME).map(([name, home]) => ({
  name: `${name}-lives-in-${home}`,
  severity: "error",
  from: { pathNot: folder(home) },
  to: { path: `^node_modules/(@types/)?${name}/` },
}));

export default {
  forbidden: [
    ...tableRules,
    ...homeRules,
    {
      name: "main-imports-only-cli",
      severity: "error",
      from: { path: "^src/main\\.cts$" },
      to: { path: "^src/", pathNot: "^src/cli/" },
    },
    {
      name: "pure-has-no-node",
      severity: "error",
      from: { path: PURE.map(folder) },
      to: { dependencyTypes: ["core"] },
    },
    { name: "no-cycle", severity: "error", from: {}, to: { circular: true } },
    {
      name: "resolvable",
      severity: "error",
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: "no-dev-dependency",
      severity: "error",
      from: { path: "^(src|certs|tui)/" },
      to: { dependencyTypes: ["npm-dev"], pathNot: "^node_modules/@types/" },
    },
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    enhancedResolveOptions: {
      exportsFields: ["exports"],
      conditionNames: ["import", "types", "node", "default"],
    },
  },
};
