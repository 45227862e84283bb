/** The control of a question that takes the keys: its answer, not a sound or an explanation beside the words. */
export function controlIn(holder: HTMLElement): HTMLElement | null {
  const answer = holder.querySelector<HTMLElement>('[data-answer]') ?? holder;
  const first = ['[role="radio"][tabindex="0"]', '[role="checkbox"][tabindex="0"]', '[role="slider"]', 'input, textarea, button, [tabindex="0"]'];
  for (const selector of first) {
    const control = answer.querySelector<HTMLElement>(selector);
    if (control) return control;
  }
  return holder.querySelector<HTMLElement>('button');
}

/** The person wants no movement on the screen. */
export const reduced = (): boolean => window.matchMedia?.('(prefers-reduced-motion: reduce)').matches === true;

/** Brings a question to the middle and marks it for a moment. */
export function flash(holder: HTMLElement): void {
  holder.scrollIntoView({ block: 'center' });
  holder.dataset.jumped = 'true';
  setTimeout(() => delete holder.dataset.jumped, 2500);
}
