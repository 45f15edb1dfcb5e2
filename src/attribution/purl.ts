/**
 * Package URL of an npm package: `pkg:npm/%40scope/name@1.0.0`. The scope is the namespace and its `@` is always
 * percent-encoded; the case is kept, as npm has old packages that differ in nothing else.
 * Source: Package URL specification, type `npm`.
 * @param name valid npm name, `NAME` or `@SCOPE/NAME`
 */
export function npmPurl(name: string, version: string): string {
  const segments = name.split('/').map((segment) => encodeURIComponent(segment));
  return `pkg:npm/${segments.join('/')}@${encodeURIComponent(version)}`;
}
