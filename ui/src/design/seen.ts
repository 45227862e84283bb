/** An error that appears below the fold is brought into sight: who pressed the button must see why nothing happened. */
export function seen(node: HTMLElement): void {
  node.scrollIntoView?.({ block: 'nearest' });
}
