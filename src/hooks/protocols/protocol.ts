/** Names of application protocols, only where they are sure. */
const BY_PORT = new Map<number, string>([
  [22, 'ssh'],
  [25, 'smtp'],
  [465, 'smtp'],
  [587, 'smtp'],
  [110, 'pop3'],
  [995, 'pop3'],
  [143, 'imap'],
  [993, 'imap'],
  [1883, 'mqtt'],
  [8883, 'mqtt'],
  [3306, 'mysql'],
  [5432, 'postgresql'],
  [5671, 'amqp'],
  [5672, 'amqp'],
  [6379, 'redis'],
  [9092, 'kafka'],
  [11211, 'memcached'],
  [27017, 'mongodb'],
]);

/** A protocol by its registered port; undefined for any other port. */
export function protocolOfPort(port: number): string | undefined {
  return BY_PORT.get(port);
}

/** First bytes that a client of the protocol sends, and no client of another does. */
const CLIENT_PREFIXES: readonly (readonly [prefix: string, protocol: string])[] = [
  ['SSH-2.0-', 'ssh'],
  ['AMQP\0', 'amqp'],
  ['EHLO ', 'smtp'],
  ['LHLO ', 'lmtp'],
  ['PRI * HTTP/2.0\r\n', 'h2'],
];

const isDigit = (code: number | undefined): boolean => code !== undefined && code >= 0x30 && code <= 0x39;

/** A client's first bytes: `*1\r\n$4\r\nPING…` is Redis, a start-up or SSL request packet PostgreSQL, and so on. */
export function protocolOfFirstBytes(bytes: Uint8Array): string | undefined {
  const head = String.fromCharCode(...bytes.subarray(0, 24));
  for (const [prefix, protocol] of CLIENT_PREFIXES) if (head.startsWith(prefix)) return protocol;
  if (bytes[0] === 0x2a && isDigit(bytes[1]) && /^\*\d{1,4}\r\n\$\d{1,6}\r\n/.test(head)) return 'redis';
  if (bytes.length >= 8 && bytes[0] === 0 && bytes[1] === 0) {
    const code = ((bytes[4] ?? 0) << 24) | ((bytes[5] ?? 0) << 16) | ((bytes[6] ?? 0) << 8) | (bytes[7] ?? 0);
    // Version 3.0 or 3.2, SSLRequest, GSSENCRequest (PostgreSQL manual, message formats).
    if (code === 196_608 || code === 196_610 || code === 80_877_103 || code === 80_877_104) return 'postgresql';
  }
  // CONNECT, then one to four bytes of length, then the protocol name with its length (MQTT 3.1.1 and 5, section 3.1).
  if (bytes[0] === 0x10 && /^[^M]{4,7}MQTT/.test(head)) return 'mqtt';
  return undefined;
}
