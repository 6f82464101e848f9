/**
 * Rows as aligned columns with two blanks between; the last column is wrapped so that lines stay within `width`
 * where that leaves it at least 24 characters.
 */
export function textTable(rows: readonly (readonly string[])[], width = 100): string {
  const columns = Math.max(0, ...rows.map((row) => row.length));
  const widths = Array.from({ length: columns }, (_, column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0)),
  );
  const indent = widths.slice(0, -1).reduce((sum, each) => sum + each + 2, 0);
  const room = Math.max(width - indent, 24);
  return rows.map((row) => printRow(row, widths, indent, room)).join('');
}

function printRow(
  row: readonly string[],
  widths: readonly number[],
  indent: number,
  room: number,
): string {
  const head = row.slice(0, -1).map((cell, column) => cell.padEnd((widths[column] ?? 0) + 2));
  const [first = '', ...more] = wrap(row.at(-1) ?? '', room);
  const lines = [head.join('') + first, ...more.map((line) => ' '.repeat(indent) + line)];
  return lines.map((line) => `${line.trimEnd()}\n`).join('');
}

function wrap(text: string, room: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(/\s+/)) {
    if (line !== '' && line.length + 1 + word.length > room) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line];
}
