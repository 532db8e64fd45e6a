import { createHmac } from 'node:crypto';
import { createServer } from 'node:http';

/** Plays Nova's metadata service inside a test's host: verifies the signature, and answers with what it got. */
const [port = '', secret = ''] = process.argv.slice(2);
const server = createServer((request, response) => {
  const signature = createHmac('sha256', secret).update(String(request.headers['x-instance-id'])).digest('hex');
  const body: Buffer[] = [];
  request.on('data', (chunk: Buffer) => body.push(chunk));
  request.on('end', () => {
    const signed = signature === request.headers['x-instance-id-signature'];
    const status = !signed ? 403 : request.url === '/missing' ? 404 : 200;
    response.writeHead(status, { 'content-type': 'application/json', 'x-from': 'nova' });
    response.end(JSON.stringify({ method: request.method, url: request.url, headers: request.headers, body: Buffer.concat(body).toString() }));
  });
});
server.listen(Number(port), '127.0.0.1', () => process.stdout.write('listening\n'));
