"use strict";
// What papers print of the network, beside what is computed, with verdicts. See papers.py.

const VERDICTS = { exact: "✓", rounded: "≈", truncated: "≈", differs: "≠" };

class Papers {
  constructor(tables) {
    this.tables = tables.map((table) => ({ ...table, cells: table.cells.map(([row, place, column, printed, computed, inUnit, verdict, reason]) =>
      ({ row, place, column, printed, computed, inUnit, verdict, reason, source: table.source })) }));
    this.columns = this.tables.flatMap((table) => (table.byBlock ? table.columns.map((column) => this.column(table, column)) : []));
  }

  // A column of a table with a row per block.
  column(table, [name, beside, counts]) {
    const cells = new Map(table.cells.filter((cell) => cell.column === name).map((cell) => [cell.place, cell]));
    return { name: name.replaceAll("_", " "), beside, cells, title: `${counts}, as printed in ${table.source}` };
  }

  // The cells printed of a block, by its name; those of "total" are of the network, also at other sizes, and of its input.
  of(place) {
    return this.tables.flatMap((table) => table.cells.filter((cell) => cell.place === place || (place === "total" && ["", "input"].includes(cell.place))));
  }

  // The cells of the whole network, at its own size, that stand beside a quantity.
  totals(key) {
    return this.tables.flatMap((table) => {
      const columns = table.columns.filter(([, beside]) => beside === key).map(([name]) => name);
      return table.cells.filter((cell) => cell.place === "total" && columns.includes(cell.column));
    });
  }

  // The section of the panel.
  section(place) {
    const cells = this.of(place);
    if (!cells.length) return null;
    const told = ({ source, column }) => {
      const [name, , counts] = this.tables.find((each) => each.source === source).columns.find((each) => each[0] === column);
      return counts.startsWith(name.replaceAll("_", " ")) ? counts : `${name.replaceAll("_", " ")}: ${counts}`;
    };
    const rows = cells.map((cell) => make("tr", {},
      make("th", { scope: "row", title: visible(cell.source) }, visible(`${shortSource(cell.source)}${cell.row === place ? "" : `: ${cell.row}`}`)),
      make("td", { class: "column" }, visible(told(cell))), make("td", { class: "number", "data-head": "printed" }, visible(cell.printed)),
      make("td", { class: "number", "data-head": "computed", title: grouped(BigInt(cell.computed)) }, visible(cell.inUnit)), make("td", { class: "said" }, verdictMark(cell), ` ${cell.verdict}`), make("td", {}, visible(cell.reason))));
    const heads = ["paper", "column", "printed", "computed", "verdict", "reason"];
    const head = make("tr", {}, ...heads.map((each) => make("th", { scope: "col" }, each)));
    const table = make("table", { class: "wide" }, make("thead", {}, head), make("tbody", {}, ...rows));
    return make("section", {}, make("h3", {}, "Printed in papers"), scrolling("printed in papers", table));
  }
}

// Szegedy et al., CVPR 2015: the authors and the year.
function shortSource(source) {
  const years = source.match(/\b(19|20)\d\d\b/g);
  return `${source.split(",")[0]}${years ? ` ${years.at(-1)}` : ""}`;
}

function verdictMark({ verdict, inUnit, reason }) {
  const title = `${verdict}: computed ${inUnit}${reason ? `; ${visible(reason)}` : ""}`;
  return make("span", { class: `verdict ${verdict}`, role: "img", "aria-label": verdict, title }, VERDICTS[verdict]);
}

const printedCell = (cell) => (cell ? [visible(cell.printed), " ", verdictMark(cell)] : []);
const scrolling = (label, table) => make("div", { class: "scrolls", tabindex: 0, role: "group", "aria-label": label }, table);
