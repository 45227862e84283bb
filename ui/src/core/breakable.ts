/** The parts of a text that a line may end between: behind a slash of `Parket/vinil/karpet`. Joined they are the text. */
export const breakable = (text: string): string[] => text.split(/(?<=\p{L}\/)(?=\p{L})/u);
