// How the benchmark prints: markdown tables, medians with their spread, ratios.

/** A heading and a table whose columns are the keys of the first row. */
export function printTable(title, rows) {
  const columns = Object.keys(rows[0]);
  const line = (cells) => `| ${cells.join(" | ")} |`;
  const body = rows.map((row) => line(columns.map((column) => row[column] ?? "")));
  console.log([`\n### ${title}`, "", line(columns), line(columns.map(() => "---")), ...body].join("\n"));
}

/** The median, and between which values all lie. */
export function spread(values) {
  const digits = Math.max(...values) < 10 ? 3 : Math.max(...values) < 1000 ? 1 : 0;
  const text = (value) => value.toFixed(digits);
  return `${text(median(values))} (${text(Math.min(...values))} to ${text(Math.max(...values))})`;
}

/** The middle value. */
export function median(values) {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}

/** One number over another; nothing where there is nothing to compare with. */
export function ratio(ours, theirs) {
  return theirs ? (ours / theirs).toFixed(3) : "";
}

/** A whole number as it is, any other with one digit. */
export function count(value) {
  return Number.isInteger(value) ? String(value) : value.toFixed(1);
}
