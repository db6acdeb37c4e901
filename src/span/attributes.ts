/**
 * Every attribute key of gotap's spans, each exactly once. OpenTelemetry's semantic conventions (HTTP, network, TLS, DNS,
 * process) where they have a name, else `gotap.*`. docs/spans.md says what each one means and where it stands.
 */
export const ATTR = {
  // OpenTelemetry
  requestMethod: "http.request.method",
  requestBodySize: "http.request.body.size",
  resendCount: "http.request.resend_count",
  statusCode: "http.response.status_code",
  responseBodySize: "http.response.body.size",
  urlFull: "url.full",
  urlScheme: "url.scheme",
  urlTemplate: "url.template",
  serverAddress: "server.address",
  serverPort: "server.port",
  peerAddress: "network.peer.address",
  peerPort: "network.peer.port",
  protocolName: "network.protocol.name",
  protocolVersion: "network.protocol.version",
  transport: "network.transport",
  errorType: "error.type",
  dnsName: "dns.question.name",
  dnsAnswers: "dns.answers",
  tlsVersion: "tls.protocol.version",
  tlsCipher: "tls.cipher",
  tlsNextProtocol: "tls.next_protocol",
  tlsResumed: "tls.resumed",
  tlsIssuer: "tls.server.issuer",
  processArgs: "process.command_args",
  processPid: "process.pid",
  processDirectory: "process.working_directory",
  processExitCode: "process.exit.code",
  // gotap's own
  runId: "gotap.run.id",
  sessionId: "gotap.session.id",
  command: "gotap.command",
  signal: "gotap.process.signal",
  goVersion: "gotap.go.version",
  lost: "gotap.lost",
  kind: "gotap.go.kind",
  authRetry: "gotap.go.auth_retry",
  modulePath: "gotap.module.path",
  moduleVersion: "gotap.module.version",
  sumdbName: "gotap.sumdb.name",
  sumdbTile: "gotap.sumdb.tile",
  via: "gotap.via",
  clientConnection: "gotap.client.connection",
  clientGone: "gotap.client.gone",
  tunnel: "gotap.tunnel",
  tunnelReason: "gotap.tunnel.reason",
  tunnelBytesUp: "gotap.tunnel.bytes_up",
  tunnelBytesDown: "gotap.tunnel.bytes_down",
  way: "gotap.way",
  upstreamConnection: "gotap.connection.id",
  reused: "gotap.connection.reused",
  contentLength: "gotap.response.content_length",
  phase: "gotap.phase",
  proxyProtocol: "gotap.proxy.protocol",
  proxyAddress: "gotap.proxy.address",
  failurePhase: "gotap.failure.phase",
  failureCode: "gotap.failure.code",
  failureLimit: "gotap.failure.limit_ms",
  link: "gotap.link",
} as const;

/** Keys that end in a name of their own: a response header in lower case, a setting of `go env`. */
export const ATTR_PREFIX = {
  responseHeader: "http.response.header.",
  goEnv: "gotap.go.env.",
} as const;

/** What a link's `gotap.link` says. */
export const LINK = {
  /** From a CLIENT span to the one that dialled its connection. */
  connection: "connection",
  /** From a `queue` span to the CLIENT span whose dial or slot it waited for. */
  dial: "dial",
} as const;
