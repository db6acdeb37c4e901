import type { IncomingMessage, ServerResponse } from "node:http";
import type { Duplex } from "node:stream";

import { type IContext, Proxy } from "http-mitm-proxy";

/** What it reads instead of the target, which it would take apart wrongly where there is an IPv6 literal, or rewrite. */
const UNREAD = "http://unread.invalid/";

/**
 * http-mitm-proxy's Proxy: its `onConnect`, `onRequest` and `onError` handlers and its request context are the frame in which
 * the proxy's own port works. What is wrong with it (FACTS L1) is replaced here: it creates no certificate authority and no
 * file, makes no certificate, opens no server for a host, reads no authority, and never answers with the text of an error.
 * The servers are the caller's, with their ports and their errors.
 */
export class Shell extends Proxy {
  #target: string | undefined;

  constructor() {
    super();
    // Its own methods read them without looking.
    this.options = {};
    this.keepAlive = false;
  }

  /** Its own makes a CA in the working directory first, and no error of the port ever reaches its caller. */
  override listen(): this {
    throw new Error("the interceptor binds the ports");
  }

  override close(): this {
    return this;
  }

  connect(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    this._onHttpServerConnect(request, socket, head);
  }

  request(request: IncomingMessage, response: ServerResponse): void {
    this.#target = request.url;
    request.url = UNREAD;
    this._onHttpServerRequest(false, request, response);
  }

  /** Called with the finished context, within `request`. */
  override _onRequest(
    context: IContext,
    callback: (error?: Error | null) => void,
  ): void {
    if (this.#target !== undefined)
      context.clientToProxyRequest.url = this.#target;
    this.#target = undefined;
    super._onRequest(context, callback);
  }

  /** Its own writes the error's text into the body and ends it cleanly: a cut body would look complete. */
  override _onError(
    kind: string,
    context: IContext | null,
    error: Error,
  ): void {
    for (const handler of this.onErrorHandlers) handler(context, error, kind);
    const response = context?.proxyToClientResponse;
    if (response !== undefined && !response.writableFinished)
      response.destroy();
  }

  /** Its own prints to the console. */
  override _onSocketError(kind: string, error: NodeJS.ErrnoException): void {
    this._onError(kind, null, error);
  }

  /** Its own takes the connection to a server of the host by one more hop over loopback. */
  override _onHttpServerConnectData(
    _request: IncomingMessage,
    socket: Duplex,
  ): void {
    socket.destroy();
  }
}
