import type { Item, VisitView } from '../../ipc/types';

/** A question of this page that the verifier asks about and nobody answered yet. */
export const askedHere = (items: readonly Item[]): Item | undefined => items.find((item) => item.comments.some((entry) => entry.open));

/** How many questions of the verifier wait in the whole visit. */
export const asksLeft = (view: Pick<VisitView, 'pages'>): number => view.pages.reduce((sum, page) => sum + page.comments, 0);

/** The page on which the next one stands: behind this page, else from the beginning; none is left: `null`. */
export function nextAsked(view: Pick<VisitView, 'pages' | 'page'>): string | null {
  const at = view.pages.findIndex((page) => page.id === view.page.id);
  const others = [...view.pages.slice(at + 1), ...view.pages.slice(0, Math.max(0, at))];
  return others.find((page) => page.comments > 0)?.id ?? null;
}
