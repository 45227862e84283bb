import { tick } from 'svelte';

/** An error that appears below the fold is brought into sight: who pressed the button must see why nothing happened. */
export function seen(node: HTMLElement, when = true): void {
  if (when) node.scrollIntoView?.({ block: 'nearest' });
}

/** The same where several things may be missing: the first is shown, not the last, and again at the next try. */
export async function firstError(box: Element | undefined): Promise<void> {
  await tick();
  box?.querySelector('.field-error')?.scrollIntoView?.({ block: 'nearest' });
}
