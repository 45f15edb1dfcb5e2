// The shop's partners have names that end in `.example`. Nobody can own such a name (RFC 2606), so no resolver knows
// them, and a demo must not ask one. In this process they all mean this machine; every other name is refused. The rest
// of the shop is written as if the partners were real.
//
// Imported first by everything that runs on its own: the shop, its worker and its child process.
import dns from 'node:dns';
import { syncBuiltinESMExports } from 'node:module';

const HERE = '127.0.0.1';

function unknown(name, syscall) {
  return Object.assign(new Error(`${syscall} ENOTFOUND ${name}`), { code: 'ENOTFOUND', syscall, hostname: name });
}

// What sockets use. Callbacks go to nextTick as they are: a function around them would put this file on the stack of
// everything that they do, as if it had wanted their calls.
dns.lookup = function lookup(name, options, callback = options) {
  const isKnown = name === HERE || name === 'localhost' || name.endsWith('.example');
  if (!isKnown) process.nextTick(callback, unknown(name, 'getaddrinfo'));
  else if (options?.all) process.nextTick(callback, null, [{ address: HERE, family: 4 }]);
  else process.nextTick(callback, null, HERE, 4);
};

// What nodemailer asks before it opens a socket.
dns.Resolver.prototype.resolve4 = function resolve4(name, callback) {
  if (name.endsWith('.example')) process.nextTick(callback, null, [HERE]);
  else process.nextTick(callback, unknown(name, 'queryA'));
};
dns.Resolver.prototype.resolve6 = function resolve6(name, callback) {
  process.nextTick(callback, unknown(name, 'queryAaaa'));
};

syncBuiltinESMExports();
