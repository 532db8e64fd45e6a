import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

export interface RawAnswer {
  readonly status: number;
  readonly body: Buffer;
}

/**
 * One connection that is kept, with one request at a time. It shares the processors with what it measures, so it does no more
 * than HTTP/1.1 needs; https://www.rfc-editor.org/rfc/rfc9112
 */
export class RawClient implements Disposable {
  readonly #url: URL;
  readonly #headers: string;
  #socket: Socket | undefined;
  #parts: Buffer[] = [];
  #length = 0;
  #settle: { readonly resolve: (answer: RawAnswer) => void; readonly reject: (error: Error) => void } | undefined;

  constructor(url: string, headers: Readonly<Record<string, string>>) {
    this.#url = new URL(url);
    const all = { Host: this.#url.host, Accept: 'application/json', ...headers };
    this.#headers = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`).join('');
  }

  async send(method: string, path: string, body?: unknown): Promise<RawAnswer> {
    const socket = this.#socket ?? (await this.#connect());
    const text = body === undefined ? '' : JSON.stringify(body);
    const content = body === undefined ? '' : `Content-Type: application/json\r\nContent-Length: ${Buffer.byteLength(text)}\r\n`;
    return new Promise((resolve, reject) => {
      this.#settle = { resolve, reject };
      socket.write(`${method} ${path} HTTP/1.1\r\n${this.#headers}${content}\r\n${text}`);
    });
  }

  [Symbol.dispose](): void {
    this.#socket?.destroy();
  }

  async #connect(): Promise<Socket> {
    const socket = connect({ host: this.#url.hostname, port: Number(this.#url.port), noDelay: true });
    await once(socket, 'connect');
    socket.on('data', (part: Buffer) => this.#take(part));
    socket.on('error', (error) => this.#end(error));
    socket.on('close', () => this.#end(new Error('the server closed the connection')));
    this.#socket = socket;
    return socket;
  }

  #end(error: Error): void {
    this.#socket?.destroy();
    this.#socket = undefined;
    this.#parts = [];
    this.#length = 0;
    this.#settle?.reject(error);
    this.#settle = undefined;
  }

  #take(part: Buffer): void {
    this.#parts.push(part);
    this.#length += part.length;
    const first = this.#parts[0] ?? part;
    const end = first.indexOf('\r\n\r\n');
    // Every server has its headers in its first packet.
    if (end < 0) return;
    const head = first.subarray(0, end).toString('latin1');
    const status = Number(head.slice(9, 12));
    const length = status === 204 ? 0 : Number(/^content-length: *(\d+)/im.exec(head)?.[1] ?? Number.NaN);
    if (Number.isNaN(length)) {
      this.#end(new Error(`an answer without a length: ${head}`));
      return;
    }
    if (this.#length < end + 4 + length) return;
    const body = Buffer.concat(this.#parts).subarray(end + 4);
    this.#parts = [];
    this.#length = 0;
    const settle = this.#settle;
    this.#settle = undefined;
    if (/^connection: *close/im.test(head)) {
      this.#socket?.removeAllListeners('close').destroy();
      this.#socket = undefined;
    }
    settle?.resolve({ status, body });
  }
}
