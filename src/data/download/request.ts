import { get as httpGet, type IncomingMessage } from "node:http";
import { get as httpsGet } from "node:https";

const mostRedirects = 10;

/** A failure of one address: `final` ones come again however often it is asked. */
export class RequestFailure extends Error {
  constructor(
    message: string,
    readonly final: boolean,
    options: { readonly cause?: unknown; readonly retryAfter?: number } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "RequestFailure";
    this.retryAfter = options.retryAfter;
  }

  /** Seconds that the server asks to be left alone. */
  readonly retryAfter: number | undefined;
}

/**
 * One GET, redirects followed. The body is as the server sent it, never decompressed; a body that ends before its announced
 * length makes reading it throw.
 *
 * @param silence milliseconds without an answer after which it is given up
 * @throws RequestFailure when nothing comes, for redirects that do not end, and for addresses that are not http(s)
 */
export async function request(
  address: string,
  headers: Readonly<Record<string, string>>,
  { silence, signal }: { readonly silence: number; readonly signal?: AbortSignal | undefined },
): Promise<IncomingMessage> {
  let at = address;
  for (let redirects = 0; redirects <= mostRedirects; redirects++) {
    const reply = await once(at, headers, silence, signal);
    const { statusCode = 0, headers: answered } = reply;
    const next = answered.location;
    if (statusCode < 300 || statusCode > 399 || statusCode === 304 || next === undefined) return reply;
    reply.destroy();
    try {
      at = new URL(next, at).href;
    } catch (cause) {
      throw new RequestFailure(`${at} redirects to "${next}", which is no address`, true, { cause });
    }
  }
  throw new RequestFailure(`${address} redirects more than ${mostRedirects} times`, true);
}

function once(
  address: string,
  headers: Readonly<Record<string, string>>,
  silence: number,
  signal: AbortSignal | undefined,
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const fail = (message: string, final: boolean, cause?: unknown): void =>
      reject(new RequestFailure(message, final, { cause }));
    let url: URL;
    try {
      url = new URL(address);
    } catch (cause) {
      fail(`"${address}" is no address`, true, cause);
      return;
    }
    if (url.protocol !== "http:" && url.protocol !== "https:") {
      fail(`${address}: expected an address that begins with http:// or https://`, true);
      return;
    }
    const get = url.protocol === "https:" ? httpsGet : httpGet;
    const sent = get(url, {
      agent: false,
      headers: { "User-Agent": "eigennas", Accept: "*/*", "Accept-Encoding": "identity", ...headers },
      ...(signal && { signal }),
    });
    const patience = setTimeout(() => {
      sent.destroy(new Error(`no answer within ${silence / 1000} s`));
    }, silence);
    sent.on("response", (reply) => {
      clearTimeout(patience);
      resolve(reply);
    });
    sent.on("error", (cause) => {
      clearTimeout(patience);
      const unknownHost = "code" in cause && cause.code === "ENOTFOUND";
      fail(
        unknownHost ? `${url.host} is not known here: is there a network?` : `${url.host}: ${cause.message}`,
        unknownHost,
        cause,
      );
    });
  });
}
