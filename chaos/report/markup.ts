// Small pieces of HTML. Everything that is not markup goes through `escapeHtml`.

export function escapeHtml(text: string | number | boolean): string {
  return String(text)
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}

export interface Column {
  readonly title: string;
  readonly isNumber?: boolean;
}

/** Cells are HTML already, or `{ html, className }`. */
type Cell = string | { readonly html: string; readonly className: string };

export function table(columns: readonly Column[], rows: readonly (readonly Cell[])[]): string {
  const classOf = (index: number) => (columns[index]?.isNumber ? ' class="number"' : "");
  const head = columns.map(({ title }, i) => `<th${classOf(i)}>${escapeHtml(title)}</th>`).join("");
  const body = rows
    .map((row) => {
      const cells = row.map((cell, i) =>
        typeof cell === "string"
          ? `<td${classOf(i)}>${cell}</td>`
          : `<td class="${cell.className}">${cell.html}</td>`,
      );
      return `<tr>${cells.join("")}</tr>`;
    })
    .join("\n");
  return `<div class="wide"><table><thead><tr>${head}</tr></thead><tbody>\n${body}\n</tbody></table></div>`;
}

/** Data for a script of the page: nothing in it can end the element. */
export function dataIsland(id: string, value: unknown): string {
  const json = JSON.stringify(value).replaceAll("<", "\\u003c");
  return `<script type="application/json" id="${id}">${json}</script>`;
}

export function count(value: number): string {
  return value.toLocaleString("en");
}

/** Three significant digits: "0.84 ms", "12.3 ms", "340 ms". */
export function milliseconds(ms: number): string {
  const digits = ms >= 100 ? 0 : ms >= 10 ? 1 : 2;
  return `${count(Number(ms.toFixed(digits)))} ms`;
}
