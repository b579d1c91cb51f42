const UNPRINTABLE = /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]+/gu;
const WIDE =
  /^(?:\p{Emoji_Presentation}|\p{Extended_Pictographic}\uFE0F|[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|[\u{20000}-\u{3fffd}])/u;
const ELLIPSIS = '…';

const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });

/**
 * The text with everything replaced that could steer a terminal: control characters, escape sequences, line breaks, changes of direction.
 * Names come from other systems, where whoever leaves could choose them.
 */
export function printable(text: string): string {
  return text.replace(UNPRINTABLE, '·');
}

/** How many columns of a terminal the text takes. */
export function widthOf(text: string): number {
  let width = 0;
  for (const { segment } of graphemes.segment(text)) {
    width += WIDE.test(segment) ? 2 : 1;
  }
  return width;
}

/** The text in at most `width` columns; what does not fit gives way to an ellipsis. */
export function clip(text: string, width: number): string {
  if (widthOf(text) <= width) {
    return text;
  }
  let kept = '';
  for (const { segment } of graphemes.segment(text)) {
    if (widthOf(kept + segment) > width - 1) {
      break;
    }
    kept += segment;
  }
  return width > 0 ? kept + ELLIPSIS : '';
}

/** The text in exactly `width` columns. */
export function fit(text: string, width: number, side: 'left' | 'right' = 'left'): string {
  const clipped = clip(text, width);
  const gap = ' '.repeat(width - widthOf(clipped));
  return side === 'left' ? clipped + gap : gap + clipped;
}
