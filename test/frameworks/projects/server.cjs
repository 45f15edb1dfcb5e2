const http = require('node:http');

const server = http.createServer((_request, response) => {
  http.get(process.env.UPSTREAM, (answer) => answer.resume().on('end', () => response.end('ok')));
});
server.listen(4200, '127.0.0.1');
