/** A text as HTML, for Leaflet, which takes its words so. */
export const escape = (text: string): string => text.replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`);
