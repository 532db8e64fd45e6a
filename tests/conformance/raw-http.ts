import { connect } from 'node:net';

export interface RawAnswer {
  readonly status: number;
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
}

const patienceMs = 10_000;

/**
 * Sends bytes as they are over a connection of their own and reads one answer to its end. Undefined where the
 * server hung up without one. Throws where it neither answers nor hangs up within ten seconds.
 */
export async function sendRaw(url: string, chunks: readonly (string | Uint8Array)[], { endsEarly = false } = {}): Promise<RawAnswer | undefined> {
  const { hostname, port } = new URL(url);
  // The answer to HEAD says how long a body would be.
  const hasBody = !String(chunks[0]).startsWith('HEAD ');
  const socket = connect(Number(port), hostname);
  socket.on('connect', () => {
    for (const chunk of chunks) socket.write(chunk);
    if (endsEarly) socket.end();
  });
  return new Promise((resolve, reject) => {
    let received = Buffer.alloc(0);
    const finish = (answer: RawAnswer | undefined): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(answer);
    };
    const timer = setTimeout(() => {
      socket.destroy();
      reject(new Error(`neither an answer nor the end of the connection within ${patienceMs} ms; so far: ${received.toString('latin1').slice(0, 200)}`));
    }, patienceMs);
    socket.on('data', (data) => {
      received = Buffer.concat([received, data]);
      const answer = readAnswer(received, hasBody);
      if (answer !== undefined) finish(answer);
    });
    // A server that refuses a body may hang up while it is being sent: what it said before counts.
    socket.on('error', () => finish(readAnswer(received, hasBody)));
    socket.on('close', () => finish(readAnswer(received, hasBody)));
  });
}

/** The answer, once it is all there. */
function readAnswer(bytes: Buffer, hasBody: boolean): RawAnswer | undefined {
  const headEnd = bytes.indexOf('\r\n\r\n');
  if (headEnd < 0) return undefined;
  const [statusLine = '', ...lines] = bytes.subarray(0, headEnd).toString('latin1').split('\r\n');
  const headers = new Map(lines.map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 1).trim()]));
  const rest = bytes.subarray(headEnd + 4);
  const length = hasBody ? Number(headers.get('content-length') ?? '0') : 0;
  if (rest.length < length) return undefined;
  return { status: Number(statusLine.split(' ')[1]), headers, body: rest.subarray(0, length).toString('utf8') };
}
