"use strict";
// The table beside the graph: the same items, open and folded alike.

class Rows {
  constructor(page, table) {
    Object.assign(this, { page, table, rows: new Map(), sort: null });
    this.head = make("thead");
    this.foot = make("tfoot");
    table.append(this.head, this.foot);
    this.scroller = new Scroller(table, (id) => this.row(page.items[id]), (rows) => this.mark(rows));
  }

  get order() {
    return this.scroller.order;
  }

  // Columns of quantities: first the one that colours the graph.
  get columns() {
    const { data, state } = this.page;
    const chosen = data.quantities.filter((each) => state.columns.has(each.key));
    return [...chosen.filter((each) => each.key === state.by), ...chosen.filter((each) => each.key !== state.by)];
  }

  // The columns of the papers beside a quantity, or beside the output.
  papers(key) {
    return this.page.papers.columns.filter((each) => each.beside === key);
  }

  // The numbers or the columns have changed.
  renew() {
    this.rows.clear();
    this.heads();
    this.layOut();
    this.totals();
  }

  heads() {
    const printed = (key) => this.papers(key).map((each) =>
      make("th", { scope: "col", class: `printed ${key}`, title: visible(each.title) }, `${visible(each.name)}, paper`));
    const cells = [make("th", { scope: "col" }, "layer"), make("th", { scope: "col", class: "output" }, "op"), make("th", { scope: "col", class: "output" }, "output"), ...printed("output")];
    for (const quantity of this.columns) {
      const sorted = this.sort?.key === quantity.key ? (this.sort.down ? "descending" : "ascending") : "none";
      const sign = { ascending: " ↑", descending: " ↓", none: "" }[sorted];
      const name = make("button", { type: "button", onclick: () => this.sortBy(quantity.key) }, `${named(quantity)}${sign}`);
      cells.push(make("th", { scope: "col", class: "number", "aria-sort": sorted }, name), ...printed(quantity.key));
    }
    this.head.replaceChildren(make("tr", {}, ...cells, ...printed("")));
    this.widths();
  }

  // Fixed widths, from the longest texts, so that the browser need not measure thousands of cells at every fold.
  widths() {
    const { page } = this;
    const longest = (texts, most) => Math.min(most, texts.reduce((widest, text) => Math.max(widest, widthOf(text, 13)), 50)) + 17;
    const printed = (key) => this.papers(key).map((each) => 22 + longest([...each.cells.values()].map((cell) => cell.printed), 120));
    const shown = page.items.slice(1);
    const widths = [
      Math.min(170, longest(shown.map((each) => timed(each)), 140) + 16 * Math.max(0, ...shown.map((each) => each.depth))),
      longest(shown.map((each) => page.about(each)), 128), longest(shown.map((each) => page.outputOf(each)), 190), ...printed("output"),
    ];
    for (const quantity of this.columns) {
      widths.push(Math.max(84, widthOf(fullAmount(page.total(quantity.key)), 14) + 16), ...printed(quantity.key));
    }
    widths.push(...printed(""));
    const cols = widths.map((width) => {
      const col = make("col");
      col.style.width = `${width}px`;
      return col;
    });
    this.table.querySelector("colgroup")?.remove();
    this.table.prepend(make("colgroup", {}, ...cols));
    const all = widths.reduce((a, b) => a + b);
    const outputs = widths.slice(1, 3 + this.papers("output").length);
    cols.slice(1, 1 + outputs.length).forEach((col) => col.classList.add("output"));
    this.table.style.setProperty("--width", `${all}px`);
    this.table.style.setProperty("--narrow", `${all - outputs.reduce((a, b) => a + b)}px`); // on a phone, without op and output
  }

  sortBy(key) {
    if (this.sort?.key !== key) this.sort = { key, down: true };
    else this.sort = this.sort.down ? { key, down: false } : null;
    this.heads();
    this.layOut();
  }

  layOut() {
    const order = [];
    const walk = (item) => {
      for (const child of this.ordered(item.children)) {
        order.push(child.id);
        if (child.isBlock && this.page.state.open.has(child.id)) walk(child);
      }
    };
    walk(this.page.items[0]);
    this.scroller.show(order);
  }

  ordered(items) {
    if (!this.sort) return items;
    const { key, down } = this.sort;
    const size = (item) => {
      const { number } = this.page.amounts.of(key, item);
      return number === null ? -1 : isAll(number) ? Infinity : Array.isArray(number) ? product(number) : toFloat(number);
    };
    return [...items].sort((a, b) => (down ? size(b) - size(a) : size(a) - size(b)) || a.id - b.id);
  }

  row(item) {
    if (!this.rows.has(item.id)) this.rows.set(item.id, this.made(item));
    return this.rows.get(item.id);
  }

  made(item) {
    const { page } = this;
    const sign = item.isBlock ? make("span", { class: "sign", "aria-hidden": "true" }) : null;
    const name = make("th", { scope: "row", class: "name", title: visible(item.name) }, sign, visible(timed(item)));
    name.style.setProperty("--depth", item.depth - 1);
    const printed = (key) => this.papers(key).map((each) => make("td", { class: `printed ${key}` }, ...printedCell(each.cells.get(item.name))));
    const about = visible(page.about(item));
    const cells = [name, make("td", { class: "output", title: about }, about), make("td", { class: "output" }, page.outputOf(item)), ...printed("output")];
    for (const quantity of this.columns) cells.push(this.cell(quantity, item), ...printed(quantity.key));
    return make("tr", { "data-id": item.id, tabindex: -1, "aria-level": item.depth }, ...cells, ...printed(""));
  }

  cell(quantity, item) {
    const { amounts } = this.page;
    const amount = amounts.of(quantity.key, item);
    const whole = this.page.total(quantity.key);
    const cell = make("td", { class: amount.number ? "number" : "number nothing" }, fullAmount(amount));
    const parts = quantity.together === "last" ? null : share(quantity, amount, whole);
    if (parts && parts[0] > 0n) {
      const per = (100 * Number(parts[0])) / Number(parts[1]);
      cell.style.setProperty("--part", `${per.toFixed(2)}%`);
      if (quantity.together === "add") cell.title = percentage(...parts);
    }
    return cell;
  }

  totals() {
    const { page } = this;
    const printed = (key) => this.papers(key).map((each) => make("td", { class: `printed ${key}` }, ...printedCell(each.cells.get("total"))));
    const all = make("button", { type: "button", title: "show the whole network below", onclick: () => page.choose(0, "table") }, "total");
    const cells = [make("th", { scope: "row" }, all), make("td", { class: "output" }), make("td", { class: "output" }), ...printed("output")];
    for (const quantity of this.columns) {
      cells.push(make("td", { class: "number" }, fullAmount(page.total(quantity.key))), ...printed(quantity.key));
    }
    this.foot.replaceChildren(make("tr", {}, ...cells, ...printed("")));
  }

  mark(rows = [...this.scroller.body.rows]) {
    markRows(rows, this.page);
  }
}

// What is chosen, and what is open, in rows that are in the document.
function markRows(rows, { items, state }) {
  for (const row of rows) {
    const item = items[row.dataset.id];
    row.setAttribute("aria-selected", String(item.id === state.selected));
    if (item.isBlock) row.setAttribute("aria-expanded", String(state.open.has(item.id)));
    row.tabIndex = item.id === state.selected ? 0 : -1;
  }
  if (rows[0] && !rows.some((row) => row.tabIndex === 0)) rows[0].tabIndex = 0;
}
