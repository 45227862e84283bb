/** Drawn houses in place of photographs: `old-…` has a roof of leaves, `new-…` one of tiles. */
export function housePicture(id: string): string | null {
  const name = id.replace(/^sha256:/, '');
  const [age, kind] = name.split('-');
  if (age !== 'old' && age !== 'new') return null;
  const fresh = age === 'new';
  const shapes =
    kind === '0'
      ? `<rect y="300" width="800" height="300" fill="#8a9a5b"/><rect x="180" y="250" width="440" height="240" fill="${fresh ? '#e8d9b5' : '#b08d57'}"/><path d="M130 260 400 90 670 260z" fill="${fresh ? '#a5452d' : '#6b5a35'}"/><rect x="360" y="350" width="90" height="140" fill="#5a3a22"/><rect x="230" y="310" width="80" height="70" fill="#9fc4d8"/><rect x="500" y="310" width="80" height="70" fill="#9fc4d8"/>`
      : kind === '1'
        ? `<rect width="800" height="600" fill="${fresh ? '#d8d2c4' : '#7a5c3e'}"/>${fresh ? '<path d="M0 150h800M0 300h800M0 450h800M160 0v600M320 0v600M480 0v600M640 0v600" stroke="#9a9484" stroke-width="6"/>' : '<circle cx="300" cy="200" r="60" fill="#6a4d32"/><circle cx="560" cy="420" r="90" fill="#6a4d32"/>'}`
        : `<rect width="800" height="600" fill="#cfc4ae"/><rect x="120" y="330" width="560" height="180" fill="#8c6f4e"/><circle cx="300" cy="320" r="60" fill="#333"/><circle cx="500" cy="320" r="60" fill="#333"/>`;
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="800" height="600" viewBox="0 0 800 600"><rect width="800" height="600" fill="#bcd6e6"/>${shapes}</svg>`;
  return `data:image/svg+xml;base64,${btoa(svg)}`;
}
