// Stands for your application: answers one request of its own making, then ends.
import { once } from 'node:events';
import { createServer } from 'node:http';

const server = createServer((_request, response) => response.end('ok'));
server.listen(0, '127.0.0.1');
await once(server, 'listening');
const { port } = server.address();
console.log(await (await fetch(`http://127.0.0.1:${port}/`)).text());
server.close();
