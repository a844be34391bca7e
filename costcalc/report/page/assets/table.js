"use strict";
// The table beside the graph: the same items, open and folded alike.

class Rows {
  constructor(page, table) {
    Object.assign(this, { page, table, rows: new Map(), sort: null });
    this.body = make("tbody");
    this.head = make("thead");
    this.foot = make("tfoot");
    table.append(this.head, this.body, this.foot);
  }

  // Columns of quantities: first the one that colours the graph.
  get columns() {
    const { data, state } = this.page;
    const chosen = data.quantities.filter((each) => state.columns.has(each.key));
    return [...chosen.filter((each) => each.key === state.by), ...chosen.filter((each) => each.key !== state.by)];
  }

  paper(quantity) {
    const { paper } = this.page.data;
    return paper?.cells[{ params: "params", mult_adds: "ops" }[quantity.key]];
  }

  // The numbers or the columns have changed.
  renew() {
    this.rows.clear();
    this.heads();
    this.layOut();
    this.totals();
  }

  heads() {
    const cells = [make("th", { scope: "col" }, "layer"), make("th", { scope: "col" }, "op"), make("th", { scope: "col" }, "output")];
    for (const quantity of this.columns) {
      const sorted = this.sort?.key === quantity.key ? (this.sort.down ? "descending" : "ascending") : "none";
      const sign = { ascending: " ↑", descending: " ↓", none: "" }[sorted];
      const name = make("button", { type: "button", onclick: () => this.sortBy(quantity.key) }, `${named(quantity)}${sign}`);
      cells.push(make("th", { scope: "col", class: "number", "aria-sort": sorted }, name));
      if (this.paper(quantity)) cells.push(make("th", { scope: "col", class: "number" }, `${quantity.heading} (paper)`));
    }
    this.head.replaceChildren(make("tr", {}, ...cells));
    this.widths();
  }

  // Fixed widths, from the longest texts, so that the browser need not measure thousands of cells at every fold.
  widths() {
    const { page } = this;
    const longest = (texts) => Math.min(230, texts.reduce((most, text) => Math.max(most, widthOf(text, 13)), 50)) + 18;
    const widths = [176, longest(page.items.map((each) => page.about(each))), longest(page.items.map((each) => page.outputOf(each)))];
    for (const quantity of this.columns) {
      widths.push(Math.max(96, widthOf(fullAmount(page.total(quantity.key)), 15) + 18));
      if (this.paper(quantity)) widths.push(70);
    }
    const cols = widths.map((width) => {
      const col = make("col");
      col.style.width = `${width}px`;
      return col;
    });
    this.table.querySelector("colgroup")?.remove();
    this.table.prepend(make("colgroup", {}, ...cols));
    this.table.style.width = `max(100%, ${widths.reduce((a, b) => a + b)}px)`;
  }

  sortBy(key) {
    if (this.sort?.key !== key) this.sort = { key, down: true };
    else this.sort = this.sort.down ? { key, down: false } : null;
    this.heads();
    this.layOut();
  }

  layOut() {
    const shown = [];
    const walk = (item) => {
      for (const child of this.ordered(item.children)) {
        shown.push(this.row(child));
        if (child.isBlock && this.page.state.open.has(child.id)) walk(child);
      }
    };
    walk(this.page.items[0]);
    arrange(this.body, shown);
    this.mark();
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
    const cells = [name, make("td", { title: visible(page.about(item)) }, visible(page.about(item))), make("td", {}, page.outputOf(item))];
    for (const quantity of this.columns) {
      cells.push(this.cell(quantity, item));
      const printed = this.paper(quantity);
      if (printed) cells.push(make("td", { class: "number paper" }, visible(printed[item.name] ?? "")));
    }
    return make("tr", { "data-id": item.id, tabindex: -1, "aria-level": item.depth }, ...cells);
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
    const cells = [make("th", { scope: "row" }, "total"), make("td"), make("td")];
    for (const quantity of this.columns) {
      cells.push(make("td", { class: "number" }, fullAmount(page.total(quantity.key))));
      if (this.paper(quantity)) cells.push(make("td"));
    }
    this.foot.replaceChildren(make("tr", {}, ...cells));
  }

  // What is chosen, and what is open.
  mark() {
    const { open, selected } = this.page.state;
    for (const row of this.body.rows) {
      const item = this.page.items[row.dataset.id];
      row.setAttribute("aria-selected", String(item.id === selected));
      if (item.isBlock) row.setAttribute("aria-expanded", String(open.has(item.id)));
      row.tabIndex = item.id === selected ? 0 : -1;
    }
    if (!this.body.querySelector('[tabindex="0"]') && this.body.rows[0]) this.body.rows[0].tabIndex = 0;
  }
}
