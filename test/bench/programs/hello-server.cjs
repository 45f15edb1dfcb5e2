// The smallest HTTP server: whatever a recorder costs per request shows here first.
'use strict';
const http = require('node:http');
const { control, processorTime } = require('./control.cjs');

const server = http.createServer((request, response) => {
  response.end('Hello, world\n');
});
server.listen(0, '127.0.0.1', () => process.stdout.write(`${server.address().port}\n`));
control((line) => (line === 'pid' ? process.pid : processorTime()));
