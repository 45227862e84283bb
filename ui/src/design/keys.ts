/** Somebody types text: letters are letters then, not shortcuts. */
export function typingIn(event: KeyboardEvent): boolean {
  const target = event.target as HTMLElement | null;
  if (!target) return false;
  if (/^(TEXTAREA|SELECT)$/.test(target.tagName) || target.isContentEditable) return true;
  return target.tagName === 'INPUT' && !['checkbox', 'radio', 'button'].includes((target as HTMLInputElement).type);
}
