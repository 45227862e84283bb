let loaded: Promise<typeof import('./Visit.svelte')> | null = null;

/** The screens of a visit, loaded once. */
export function loadVisit(): Promise<typeof import('./Visit.svelte')> {
  loaded ??= import('./Visit.svelte').catch((thrown: unknown) => {
    // Tried again at the next visit.
    loaded = null;
    throw thrown;
  });
  return loaded;
}
