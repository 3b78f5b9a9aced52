// A page in Markdown that keeps what was measured: each suite has its place between two marks.

/** The page with what a suite came to in its place; a suite without a place gets one at the end, under a heading. */
export function keptOn(page: string, suite: string, measured: string): string {
  const [begin, end] = [`<!-- measured: ${suite} -->`, `<!-- /measured: ${suite} -->`];
  const place = `${begin}\n${measured.trimEnd()}\n${end}`;
  const from = page.indexOf(begin);
  const to = page.indexOf(end);
  if (from < 0 || to < from) return `${page.trimEnd()}\n\n## ${suite}\n\n${place}\n`;
  return page.slice(0, from) + place + page.slice(to + end.length);
}
