/** Weak entity tags from the registry's revision: equal tags mean that nothing worth a second look has changed. */
export function etagOf(revision: number): string {
  return `W/"${revision}"`;
}

export function matches(ifNoneMatch: string | undefined, etag: string): boolean {
  if (ifNoneMatch === undefined) return false;
  const opaque = (tag: string) => tag.trim().replace(/^W\//, '');
  return ifNoneMatch.split(',').some((tag) => tag.trim() === '*' || opaque(tag) === opaque(etag));
}
