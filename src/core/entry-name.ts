/** Names of files in a bundle, in an archive and in its list of hashes. */

const NAME_CHARS_MAX = 99;
const DEPTH_MAX = 6;
const COMPONENT = /^[A-Za-z0-9_][A-Za-z0-9._-]*$/;

/**
 * Whether a name is one that a bundle may hold: relative, with `/` between plain components. Whoever made an archive
 * chose the names in it; so there is no `..`, no absolute path, no drive, no name that a system takes for another one.
 */
export function isEntryName(name: string): boolean {
  if (name.length > NAME_CHARS_MAX) return false;
  const components = name.split('/');
  return components.length <= DEPTH_MAX && components.every((component) => COMPONENT.test(component));
}
