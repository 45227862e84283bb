/** The order of a rank question. Pure and tested. */

/** The codes in the order on screen: those of the answer first, then what the list has besides. */
export function orderOf(value: string, listed: readonly string[]): string[] {
  const chosen = value.split(/\s+/).filter((code) => listed.includes(code));
  return [...new Set([...chosen, ...listed])];
}

/** The order after one code moved to another place. */
export function moved(order: readonly string[], from: number, to: number): string[] {
  const place = Math.min(order.length - 1, Math.max(0, to));
  const next = [...order];
  const [code] = next.splice(from, 1);
  if (code === undefined) return [...order];
  next.splice(place, 0, code);
  return next;
}
