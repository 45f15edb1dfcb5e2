/** Whether a report can be walked through here: a terminal that shows and hears somebody, and no CI log. */
export function isWalkable(stream: { readonly isTTY?: boolean }, env: NodeJS.ProcessEnv): boolean {
  const isCi = !['', 'false', '0'].includes(env['CI'] ?? '');
  return stream.isTTY === true && env['TERM'] !== 'dumb' && !isCi;
}

/** Whether the locale, where one is named, is one of UTF-8. */
export function speaksUnicode(env: NodeJS.ProcessEnv): boolean {
  const locale = [env['LC_ALL'], env['LC_CTYPE'], env['LANG']].find((name) => name !== undefined && name !== '');
  return locale === undefined || /utf-?8/i.test(locale);
}
