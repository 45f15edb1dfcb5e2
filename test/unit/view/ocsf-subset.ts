/**
 * The part of OCSF 1.6.0 that egress writes, compared by hand with the text of the published schema (ocsf-schema at
 * 1.6.0: `network`, `network_activity`, `http_activity`, `dns_activity`, `base_event`, nine objects and the data types),
 * since no package of the npm registry or of Debian has the schema. Of each attribute that is written its type and all
 * numbers or words that it may have; of each class and object what it requires and what it needs one of. Whatever is not
 * here is not allowed, so that a new attribute has to be looked up first.
 */
import { isIP } from 'node:net';

type Check = (value: unknown, where: string) => string[];

const integer: Check = (value, where) => (Number.isSafeInteger(value) ? [] : [`${where} is no integer`]);
const text: Check = (value, where) => (typeof value === 'string' ? [] : [`${where} is no text`]);
const port: Check = (value, where) =>
  Number.isInteger(value) && Number(value) >= 0 && Number(value) <= 65_535 ? [] : [`${where} is no port`];
const ip: Check = (value, where) =>
  typeof value === 'string' && value.length <= 40 && isIP(value) > 0 ? [] : [`${where} is no address`];
const oneOf =
  (...values: readonly (number | string)[]): Check =>
  (value, where) =>
    values.includes(value as number) ? [] : [`${where} is ${String(value)}`];
/** Values that are not mapped: an object of the writer's own. */
const anyObject: Check = (value, where) =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? [] : [`${where} is no object`];

interface Shape {
  readonly attributes: Readonly<Record<string, Check>>;
  readonly required?: readonly string[];
  readonly atLeastOne?: readonly string[];
}

const object =
  ({ attributes, required = [], atLeastOne = [] }: Shape): Check =>
  (value, where) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return [`${where} is no object`];
    const members = Object.entries(value);
    const names = new Set(Object.keys(value));
    return [
      ...required.filter((name) => !names.has(name)).map((name) => `${where}.${name} is missing`),
      ...(atLeastOne.length > 0 && !atLeastOne.some((name) => names.has(name))
        ? [`${where} has none of ${atLeastOne.join()}`]
        : []),
      ...members.flatMap(([name, member]) =>
        Object.hasOwn(attributes, name)
          ? (attributes[name]?.(member, `${where}.${name}`) ?? [])
          : [`${where}.${name} is not in the schema`],
      ),
    ];
  };

const endpoint = object({
  attributes: { ip, hostname: text, name: text, port, svc_name: text },
  atLeastOne: [
    'ip',
    'uid',
    'name',
    'hostname',
    'svc_name',
    'instance_uid',
    'interface_uid',
    'interface_name',
    'domain',
  ],
});
const url = object({ attributes: { hostname: text, path: text, port, scheme: text } });
const methods = ['CONNECT', 'DELETE', 'GET', 'HEAD', 'OPTIONS', 'PATCH', 'POST', 'PUT', 'TRACE'] as const;

const shared = {
  category_uid: oneOf(4),
  activity_name: text,
  type_uid: integer,
  severity_id: oneOf(0, 1, 2, 3, 4, 5, 6, 99),
  status_id: oneOf(0, 1, 2, 99),
  status_code: text,
  time: integer,
  duration: integer,
  metadata: object({
    attributes: {
      version: oneOf('1.6.0'),
      product: object({ attributes: { name: text, vendor_name: text, version: text }, atLeastOne: ['name', 'uid'] }),
      log_name: text,
      uid: text,
      sequence: integer,
      original_time: text,
    },
    required: ['product', 'version'],
  }),
  app_name: text,
  connection_info: object({
    attributes: { direction_id: oneOf(0, 1, 2, 3, 99), protocol_name: oneOf('tcp', 'udp'), protocol_num: oneOf(6, 17) },
    required: ['direction_id'],
  }),
  src_endpoint: endpoint,
  dst_endpoint: endpoint,
  traffic: object({ attributes: { bytes_in: integer, bytes_out: integer } }),
  unmapped: anyObject,
};

const required = ['activity_id', 'category_uid', 'class_uid', 'metadata', 'severity_id', 'time', 'type_uid'];
const ends = ['src_endpoint', 'dst_endpoint'];

const classes: Readonly<Record<number, Check>> = {
  4001: object({
    attributes: { ...shared, class_uid: oneOf(4001), activity_id: oneOf(0, 1, 2, 3, 4, 5, 6, 7, 99) },
    required,
    atLeastOne: ends,
  }),
  4002: object({
    attributes: {
      ...shared,
      class_uid: oneOf(4002),
      activity_id: oneOf(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 99),
      http_request: object({ attributes: { http_method: oneOf(...methods), url } }),
      http_response: object({ attributes: { code: integer }, required: ['code'] }),
    },
    required,
    atLeastOne: ['http_request', 'http_response'],
  }),
  4003: object({
    attributes: {
      ...shared,
      class_uid: oneOf(4003),
      activity_id: oneOf(0, 1, 2, 6, 99),
      query: object({ attributes: { hostname: text, type: text }, required: ['hostname'] }),
    },
    required,
    atLeastOne: ends,
  }),
};

/** What is wrong with an event; nothing if it fits. */
export function faultsOf(event: Readonly<Record<string, unknown>>): string[] {
  const { class_uid: uid, activity_id: activity, activity_name: name, type_uid: type } = event;
  const check = classes[Number(uid)];
  if (check === undefined) return [`class ${String(uid)} is not known`];
  const sum = Number(uid) * 100 + Number(activity);
  return [
    ...check(event, 'event'),
    ...(type === sum ? [] : [`type_uid is ${String(type)}, not ${sum}`]),
    // An activity that the class does not list has to be named.
    ...(activity === 99 && name === undefined ? ['activity_name is missing'] : []),
  ];
}
