import css from './middle-cut.module.css';

/** Letters that are kept at the end: a counter and a file's ending. */
const kept = 16;

/** A name on one line. What finds no room is left out of its middle: names of files begin alike, and their ends tell them apart. */
export function MiddleCut({ text, end = kept }: { readonly text: string; /** How many letters are always seen at the end. */ readonly end?: number }) {
  const letters = [...text];
  if (letters.length <= end + 4) return <span className="foreign">{text}</span>;
  return (
    <span className={css.whole} title={text}>
      <span className={css.start}>{letters.slice(0, -end).join('')}</span>
      <span className={css.end}>{letters.slice(-end).join('')}</span>
    </span>
  );
}
