/**
 * The few marks that XLSForm authors use in labels, as ODK Collect shows them: `**bold**`, `_italic_`,
 * `# heading`, `- item`, `<br>` and colours in `<span style>` (whose words stay, without the colour, so that
 * contrast is kept). Pure and tested; nothing of it ever becomes markup by itself.
 */

export interface Piece {
  text: string;
  bold: boolean;
  italic: boolean;
}

export interface Block {
  kind: 'text' | 'heading' | 'item';
  pieces: Piece[];
}

const ENTITIES: Record<string, string> = { '&lt;': '<', '&gt;': '>', '&amp;': '&', '&nbsp;': '\u00a0', '&quot;': '"' };

function tidy(text: string): string {
  return text
    .replace(/<br\s*\/?>|<\/p>/gi, '\n')
    .replace(/<(\/?)(b|strong)>/gi, '**')
    .replace(/<(\/?)(i|em)>/gi, '_')
    .replace(/<\/?(span|p|u|font|div|a)(\s[^<>]*)?>/gi, '')
    .replace(/\[([^\]]+)\]\((https?:[^)\s]+)\)/g, (_, words: string, address: string) => (words === address ? words : `${words} (${address})`))
    .replace(/&(lt|gt|amp|nbsp|quot);/g, (entity) => ENTITIES[entity]);
}

function pieces(text: string): Piece[] {
  const list: Piece[] = [];
  const push = (words: string, bold: boolean, italic: boolean) => {
    if (words !== '') list.push({ text: words.replace(/\\([*_#\\])/g, '$1'), bold, italic });
  };
  // A mark opens only before a letter and after none, so that `snake_case` and `2*3` stay as they are.
  const marks = /(?<![\\\p{L}\p{N}*_])(\*\*|__|\*|_)(?=\S)(.+?)(?<=[^\s\\])\1(?![\p{L}\p{N}*_])/gu;
  let from = 0;
  for (const match of text.matchAll(marks)) {
    push(text.slice(from, match.index), false, false);
    const bold = match[1].length === 2;
    for (const inner of pieces(match[2])) push(inner.text, bold || inner.bold, !bold || inner.italic);
    from = match.index + match[0].length;
  }
  push(text.slice(from), false, false);
  return list;
}

/** The lines of a label with their marks. */
export function paragraphs(text: string): Block[] {
  return tidy(text)
    .split('\n')
    .map((line): Block => {
      const heading = /^#{1,6}\s+(.*)$/.exec(line);
      const listed = /^\s*[-*]\s+(.*)$/.exec(line);
      if (heading) return { kind: 'heading', pieces: pieces(heading[1]) };
      if (listed) return { kind: 'item', pieces: pieces(listed[1]) };
      return { kind: 'text', pieces: pieces(line) };
    });
}
