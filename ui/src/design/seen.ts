/** An error that appears below the fold is brought into sight: who pressed the button must see why nothing happened. */
export function seen(node: HTMLElement, when = true): void {
  if (when) node.scrollIntoView?.({ block: 'nearest' });
}
