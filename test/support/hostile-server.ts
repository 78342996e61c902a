import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export type Behaviour = (request: IncomingMessage, response: ServerResponse, content: Buffer, visit: number) => void;

const etag = '"one"';

/** A good server: ranges, a strong ETag, If-Range. */
export const honest: Behaviour = (request, response, content) => {
  const match = /^bytes=(\d+)-$/.exec(request.headers.range ?? "");
  const condition = request.headers["if-range"];
  if (match === null || (condition !== undefined && condition !== etag)) {
    response.writeHead(200, { "Content-Length": content.length, ETag: etag }).end(content);
    return;
  }
  const from = Number(match[1]);
  if (from >= content.length) {
    response.writeHead(416, { "Content-Range": `bytes */${content.length}` }).end();
    return;
  }
  response
    .writeHead(206, {
      "Content-Length": content.length - from,
      "Content-Range": `bytes ${from}-${content.length - 1}/${content.length}`,
      ETag: etag,
    })
    .end(content.subarray(from));
};

const breaksOff =
  (share: number): Behaviour =>
  (request, response, content, visit) => {
    const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? "")?.[1] ?? 0);
    const rest = content.subarray(from);
    const head = {
      "Content-Length": rest.length,
      ETag: etag,
      ...(from > 0 && { "Content-Range": `bytes ${from}-${content.length - 1}/${content.length}` }),
    };
    if (visit >= 6) {
      honest(request, response, content, visit);
      return;
    }
    response.writeHead(from > 0 ? 206 : 200, head);
    response.write(rest.subarray(0, Math.ceil(rest.length * share)), () => setTimeout(() => response.destroy(), 20));
  };

/** What a server can do wrong, by the first word of the path. */
export const behaviours = {
  honest,
  "breaks-off": breaksOff(0.4),
  "ignores-range": (request, response, content, visit) => {
    if (visit === 0) breaksOff(0.4)(request, response, content, visit);
    else response.writeHead(200, { "Content-Length": content.length }).end(content);
  },
  "announces-less": (_, response, content) =>
    void response.writeHead(200, { "Content-Length": 100 }).end(content.subarray(0, 100)),
  "announces-more": (_, response, content) => {
    response.writeHead(200, { "Content-Length": content.length + 100 });
    response.write(content, () => response.destroy());
  },
  "says-nothing-of-length": (_, response, content) => {
    response.writeHead(200);
    response.write(content.subarray(0, 1000));
    response.end(content.subarray(1000));
  },
  endless: (_, response) => {
    response.writeHead(200);
    const more = (): void => {
      if (!response.destroyed) response.write(Buffer.alloc(65536, 7), more);
    };
    more();
  },
  "other-bytes": (_, response, content) => {
    const other = Buffer.from(content);
    other[content.length >> 1] ^= 1;
    response.writeHead(200, { "Content-Length": other.length }).end(other);
  },
  "other-range": (request, response, content, visit) => {
    if (visit === 0) breaksOff(0.4)(request, response, content, visit);
    else if (request.headers.range === undefined) honest(request, response, content, visit);
    else {
      response.writeHead(206, { "Content-Range": `bytes 0-${content.length - 1}/${content.length}` }).end(content);
    }
  },
  "changed-meanwhile": (request, response, content, visit) => {
    if (visit > 0) {
      if (request.headers["if-range"] === etag) delete request.headers.range; // another version: the whole of it
      honest(request, response, content, visit);
      return;
    }
    const old = Buffer.alloc(content.length, 9);
    breaksOff(0.5)(request, response, old, visit);
  },
  loops: (request, response) => void response.writeHead(302, { Location: request.url ?? "/" }).end(),
  "leads-to-file": (_, response) => void response.writeHead(302, { Location: "file:///etc/passwd" }).end(),
  "leads-on": (_, response) => void response.writeHead(307, { Location: "../honest/data.bin" }).end(),
  "404": (_, response) => void response.writeHead(404).end("no such page"),
  "500": (_, response) => void response.writeHead(500).end("sorry"),
  "500-twice": (request, response, content, visit) => {
    if (visit < 2) response.writeHead(503, { "Retry-After": "0" }).end();
    else honest(request, response, content, visit);
  },
  "never-answers": () => undefined,
  "hangs-midway": (request, response, content, visit) => {
    if (visit > 0) honest(request, response, content, visit);
    else {
      response.writeHead(200, { "Content-Length": content.length, ETag: etag });
      response.write(content.subarray(0, 5000));
    }
  },
  drips: (_, response, content) => {
    response.writeHead(200, { "Content-Length": content.length });
    let at = 0;
    const timer = setInterval(() => {
      if (response.destroyed) clearInterval(timer);
      else response.write(content.subarray(at, ++at));
    }, 10);
  },
} as const satisfies Record<string, Behaviour>;

/** A server that answers /BEHAVIOUR/NAME with the content of that name, badly. */
export class HostileServer {
  readonly #visits = new Map<string, number>();
  readonly requests: { readonly path: string; readonly range: string | undefined }[] = [];
  readonly #server = createServer((request, response) => {
    const path = request.url ?? "/";
    this.requests.push({ path, range: request.headers.range });
    const [, word, name] = path.split("/");
    const visit = this.#visits.get(path) ?? 0;
    this.#visits.set(path, visit + 1);
    const content = this.contents.get(name);
    if (content === undefined) response.writeHead(404).end();
    else behaviours[word as keyof typeof behaviours](request, response, content, visit);
  });

  constructor(readonly contents: ReadonlyMap<string, Buffer>) {}

  async start(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
  }

  address(behaviour: keyof typeof behaviours): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/${behaviour}/`;
  }

  forget(): void {
    this.#visits.clear();
    this.requests.length = 0;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
