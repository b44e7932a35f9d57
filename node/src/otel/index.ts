import {
  type Attributes,
  context,
  propagation,
  type Span,
  SpanKind,
  SpanStatusCode,
  type Tracer,
  type TracerProvider,
  trace,
} from "@opentelemetry/api";
import type { BimpeAI } from "../client.js";
import type { BimpeAIError } from "../errors/classes.js";
import type { ResponseEvent, RetryEvent, StartEvent, StreamNotice } from "../observability/events.js";
import type { Observer, RequestObserver, StreamObserver } from "../observability/observer.js";
import { VERSION } from "../version.js";

/** Options of `instrument`. */
export interface InstrumentOptions {
  /** The source of the tracer. Defaults to the global one. */
  tracerProvider?: TracerProvider | undefined;
}

/**
 * Gives each request and each stream of a client a span, and sends the trace context with each attempt. Clients from
 * `withOptions` are instrumented with it. The spans hold no key, header, body or value of a query. Returns the same client.
 *
 * @example
 * ```ts
 * const traced = instrument(new BimpeAI());
 * console.log((await traced.agents.list()).data.length);
 * ```
 */
export function instrument<C extends BimpeAI>(client: C, options: InstrumentOptions = {}): C {
  const provider = options.tracerProvider ?? trace.getTracerProvider();
  client._client._observe(new Tracing(provider.getTracer("bimpe", VERSION), client.baseUrl));
  return client;
}

/** Creates the spans of a client. */
class Tracing implements Observer {
  readonly #tracer: Tracer;
  readonly #address: Attributes;

  constructor(tracer: Tracer, baseUrl: string) {
    this.#tracer = tracer;
    const { hostname, port, protocol } = new URL(baseUrl);
    const known = protocol === "https:" ? 443 : 80;
    this.#address = {
      // An IPv6 address has brackets only in a URL.
      "server.address": hostname.replace(/^\[|\]$/g, ""),
      "server.port": port === "" ? known : Number(port),
    };
  }

  request(event: StartEvent): RequestObserver {
    return new RequestSpan(this.#start(event));
  }

  stream(event: StartEvent): StreamObserver {
    return new StreamSpan(this.#start(event));
  }

  /** Starts a span below the active one, and adds its context to the headers. */
  #start({ operation, method, path, url, headers }: StartEvent): Span {
    const attributes: Attributes = {
      "http.request.method": method,
      "url.full": url,
      "bimpe.operation": operation,
      ...this.#address,
    };
    // The path of a custom request is no template.
    const isCustom = operation === "request";
    if (!isCustom) attributes["url.template"] = path;
    const name = isCustom ? method : `${method} ${path}`;
    const span = this.#tracer.startSpan(name, { kind: SpanKind.CLIENT, attributes });
    propagation.inject(trace.setSpan(context.active(), span), headers, { set: setHeader });
    return span;
  }
}

/** Sets a header, unless the engine would refuse the request for it. */
function setHeader(headers: Headers, name: string, value: string): void {
  const isValid = /^[!#$%&'*+.^_`|~\w-]+$/.test(name) && /^[\t -~]*$/.test(value);
  if (isValid) headers.set(name, value);
}

/** The span of one request. */
class RequestSpan implements RequestObserver {
  readonly #span: Span;

  constructor(span: Span) {
    this.#span = span;
  }

  retried({ attempt, wait, error }: RetryEvent): void {
    this.#span.addEvent("request.retried", {
      "bimpe.attempt": attempt,
      "bimpe.wait": wait / 1000,
      "error.type": errorType(error),
    });
  }

  ended({ status, requestId, attempts, error }: ResponseEvent): void {
    if (attempts > 1) this.#span.setAttribute("http.request.resend_count", attempts - 1);
    if (requestId !== null) this.#span.setAttribute("bimpe.request_id", requestId);
    end(this.#span, status, error);
  }
}

/** The span of one stream. */
class StreamSpan implements StreamObserver {
  readonly #span: Span;

  constructor(span: Span) {
    this.#span = span;
  }

  notified(notice: StreamNotice): void {
    const attributes: Attributes = {};
    if (notice.event === "stream.reconnecting") {
      attributes["bimpe.reason"] = notice.reason;
      attributes["bimpe.wait"] = notice.wait / 1000;
      if (notice.status !== null) attributes["http.response.status_code"] = notice.status;
    }
    this.#span.addEvent(notice.event, attributes);
  }

  ended(error: BimpeAIError | undefined): void {
    const reason = error !== undefined && "reason" in error ? { "bimpe.reason": String(error.reason) } : {};
    this.#span.addEvent("stream.ended", reason);
    end(this.#span, error?.status ?? null, error ?? null);
  }
}

function end(span: Span, status: number | null, error: BimpeAIError | null): void {
  if (status !== null) span.setAttribute("http.response.status_code", status);
  if (error !== null) {
    span.addEvent("exception", { "exception.type": error.name, "exception.message": error.message });
    span.setAttribute("error.type", errorType(error));
    span.setStatus({ code: SpanStatusCode.ERROR });
  }
  span.end();
}

function errorType({ name, status }: BimpeAIError): string {
  return status === null ? name : String(status);
}
