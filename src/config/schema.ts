import { z } from "zod";

import { REQUEST_KINDS } from "../model/request-kind.js";
import {
  addresses,
  baseUrls,
  hostName,
  hostPatterns,
  listenAddress,
  proxyUrl,
  url,
} from "./address-fields.js";
import {
  age,
  choice,
  count,
  limit,
  period,
  share,
  size,
  text,
  texts,
  threshold,
  toggle,
} from "./fields.js";

// The one place where a key of the configuration stands. Types, defaults, messages, docs/configuration.md and the JSON Schema are
// made from it; each section's own `description` is what the documentation says above its table.

const timeouts = z
  .strictObject({
    dns: limit({ description: "Look-up of the name.", default: "5s" }),
    connect: limit({
      description: "TCP connection, all addresses of the name together.",
      default: "10s",
    }),
    proxy: limit({
      description: "Handshake with the upstream proxy (CONNECT or SOCKS).",
      default: "30s",
    }),
    tls: limit({ description: "TLS handshake.", default: "10s" }),
    first_byte: limit({
      description: "Request written to first byte of the answer.",
      default: "30s",
    }),
    body_idle: limit({
      description:
        "No byte for so long while a body is under way and go can take bytes.",
      default: "30s",
    }),
    total: limit({ description: "The whole attempt.", default: "0s" }),
    patience: limit({
      description:
        "`first_byte` and `body_idle` of the last try there is: go alone might still get it.",
      default: "2m",
    }),
  })
  .meta({
    description: "Each phase of an attempt has a limit of its own; 0 is none.",
  });

const retry = z
  .strictObject({
    attempts: count(1, 20, {
      description: "Attempts in all, the first one counted.",
      default: 3,
    }),
    backoff: limit({
      description: "Wait before the second attempt; doubles after it.",
      default: "1s",
    }),
    max_backoff: limit({ description: "Longest wait.", default: "10s" }),
    budget: share({
      description:
        "Tokens that a request earns, at most 3 kept; an empty bucket delays a retry, it never refuses it.",
      default: 0.2,
    }),
  })
  .meta({
    description: "GET and HEAD only, before the first byte reached the client.",
  });

const breaker = z
  .strictObject({
    failures: count(1, 1000, {
      description: "Failed exchanges in a row that open it.",
      default: 5,
    }),
    failure_rate: threshold({
      description: "Or this share of at least 20 attempts in the window.",
      default: 0.5,
    }),
    window: period({ description: "Window of the rate.", default: "30s" }),
    open_for: period({
      description:
        "Doubles up to 5 minutes where another source is left, never for a sole upstream.",
      default: "15s",
    }),
    half_open: count(1, 10, {
      description: "Probes at a time while half open.",
      default: 1,
    }),
  })
  .meta({
    description:
      "One for each way out, and one for each way, origin and class of request (module proxy, sumdb, git, other).",
  });

const health = z
  .strictObject({
    interval: period({ description: "Between two checks.", default: "10s" }),
    timeout: period({ description: "Limit of one check.", default: "3s" }),
    failures: count(1, 1000, {
      description: "Failed checks in a row that count as down.",
      default: 2,
    }),
  })
  .meta({
    description:
      "Active checks, only of upstreams that have a backup, and only while a session or a breaker is open.",
  });

const rule = z
  .strictObject({
    name: text({
      description: "Shown in spans that the rule touched.",
      example: '"git thinks before it speaks"',
    }),
    kind: z
      .array(z.enum(REQUEST_KINDS))
      .min(1)
      .meta({
        description: "Kinds of request (`gotap.go.kind`).",
        expected: `a list of ${REQUEST_KINDS.map((kind) => `"${kind}"`).join(", ")}`,
        example: '["zip", "mod"]',
      })
      .optional(),
    host: hostPatterns({
      description:
        "`*.corp.example` is any subdomain, `corp.example` that host alone.",
      example: '["*.corp.example"]',
    }).optional(),
    module: texts({
      description: "Patterns as GOPRIVATE takes them.",
      example: '["corp.example/*"]',
    }).optional(),
    session: texts({
      description: "Commands; the beginning of the session's command matches.",
      example: '["go mod download"]',
    }).optional(),
    intercept: toggle({
      description:
        "`false` tunnels what matches. It is decided before a request is seen, so that `host` alone can be its condition.",
    }).optional(),
    timeouts: timeouts.partial().optional(),
    retry: retry.partial().optional(),
  })
  .meta({
    description:
      'The first rule that matches a request wins, field by field; a rule matches where every field that it names matches. After the rules of the file stands the built-in one: `git-upload-pack` has `timeouts.first_byte = "5m"`.',
  });

const mirror = z
  .strictObject({
    for: hostName({
      description: "Host of the module proxy or checksum database.",
    }),
    urls: baseUrls(["https:", "http:"], {
      description: "Tried in this order.",
      example: '["https://goproxy.io"]',
    }),
  })
  .meta({ description: "Another source of the same public, hashed files." });

const upstream = z
  .strictObject({
    name: text({
      description: "Shown in spans, and what `gotap breaker` takes.",
      expected:
        'a text on one line that no other [[upstream]] has, and not "direct"',
      example: '"backup-http"',
    }),
    url: proxyUrl(["http:", "https:", "socks5:", "socks5h:"], {
      description:
        "The proxy, with credentials where it wants them; names are looked up there.",
    }),
    for: hostPatterns({
      description:
        "Hosts it is for; git, go-get and private hosts use a way only if it names them.",
      example: '["*.corp.example"]',
    }).optional(),
  })
  .meta({
    description:
      "Other ways out of the machine, tried in order when the way before is open or silent.",
  });

/** A breaker and a span know a way by its name; `direct` is the way without a proxy. */
const upstreams = z.array(upstream).superRefine((ways, context) => {
  const taken = new Set(["direct"]);
  for (const [index, { name }] of ways.entries()) {
    if (taken.has(name))
      context.addIssue({ code: "custom", path: [index, "name"] });
    taken.add(name);
  }
});

const offline = z
  .strictObject({
    use: z
      .array(z.string().regex(/^(gomodcache|gotap|athens:.+)$/))
      .min(1)
      .meta({
        description:
          "Where to look, in this order; a folder counts from the file that names it.",
        expected: 'a list of "gomodcache", "gotap" and "athens:FOLDER"',
        example: '["gomodcache"]',
        default: ["gomodcache"],
      }),
    when: choice(["never", "failed", "always"], {
      description: "When to look there.",
      default: "never",
    }),
  })
  .meta({ description: "Answers from what this machine already has." });

/** The whole configuration, every default filled in. Its output is in milliseconds and bytes, under the file's own keys. */
export const configSchema = z.strictObject({
  listen: listenAddress({
    description:
      "Address of the proxy. Any other than loopback has to be typed: `--listen` with `--allow-remote`.",
    default: "127.0.0.1:9090",
  }),
  intercept: choice(["go", "all", "none"], {
    description:
      "What is opened: traffic of go, git and gopls that would trust gotap's CA; everything; nothing.",
    default: "go",
  }),
  timeouts,
  retry,
  breaker,
  health,
  rule: z.array(rule).optional(),
  mirror: z.array(mirror).optional(),
  upstream: upstreams.optional(),
  offline,
  resolve: addresses({
    description:
      'Names to addresses, asked before the system is, like curl\'s `--resolve`: `"goproxy.test" = "127.0.0.1"`.',
  }).optional(),
  tls: z
    .strictObject({
      ca: texts(
        {
          description:
            "PEM files with more roots for upstream; relative to the file that names them.",
          example: '["company.pem"]',
        },
        0,
      ).optional(),
    })
    .meta({ description: "Trust in upstream servers." }),
  store: z
    .strictObject({
      max_age: age({
        description: "Older traces are removed.",
        default: "14d",
      }),
      max_size: size({
        description: "The oldest traces are removed beyond it.",
        default: "512MiB",
      }),
    })
    .meta({ description: "The local history." }),
  export: z
    .strictObject({
      endpoint: url(["http:", "https:"], {
        description: "An OpenTelemetry Collector, OTLP over HTTP.",
        example: '"http://127.0.0.1:4318"',
      }).optional(),
    })
    .meta({ description: "`OTEL_*` variables work as everywhere." }),
});

export type Config = z.output<typeof configSchema>;

/** What one file, or any other layer, may say: the same keys and types, and none of them has to be there. */
export const layerSchema = z
  .strictObject({
    ...configSchema.shape,
    timeouts: timeouts.partial(),
    retry: retry.partial(),
    breaker: breaker.partial(),
    health: health.partial(),
    offline: offline.partial(),
    store: configSchema.shape.store.partial(),
  })
  .partial();
