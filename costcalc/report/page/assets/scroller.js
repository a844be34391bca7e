"use strict";
// A table body of any length: only the rows in sight, and some around them, are in the document.

const AROUND = 24;

class Scroller {
  // row: makes the row of an id, or finds it; dress: called with the rows that are in the document.
  constructor(table, row, marked) {
    Object.assign(this, { table, row, marked, order: [], height: 25, all: false });
    [this.above, this.below] = [0, 1].map(() => make("tbody", { "aria-hidden": "true" }));
    this.body = make("tbody", { id: "body" });
    table.querySelector("tbody")?.remove();
    table.querySelector("thead").after(this.above, this.body, this.below);
    this.port = table.parentElement;
    this.port.addEventListener("scroll", () => this.draw());
    new ResizeObserver(() => this.draw()).observe(this.port);
  }

  // Show these ids, in this order.
  show(order) {
    this.order = order;
    this.table.setAttribute("aria-rowcount", order.length + 2);
    this.draw();
  }

  draw() {
    const [first, end] = this.range();
    const rows = this.order.slice(first, end).map((id, i) => {
      const row = this.row(id);
      row.setAttribute("aria-rowindex", first + i + 2);
      return row;
    });
    const { activeElement } = document;
    if (this.body.contains(activeElement) && !rows.includes(activeElement)) this.port.focus({ preventScroll: true });
    arrange(this.body, rows);
    this.space(this.above, first);
    this.space(this.below, this.order.length - end);
    this.marked(rows);
    const height = rows[0]?.getBoundingClientRect().height;
    if (height && Math.abs(height - this.height) > 0.01) {
      this.height = height;
      this.draw();
    }
  }

  range() {
    if (this.all) return [0, this.order.length];
    const { scrollTop, clientHeight } = this.port;
    const first = Math.floor(scrollTop / this.height) - AROUND;
    const end = Math.ceil((scrollTop + clientHeight) / this.height) + AROUND;
    return [Math.max(0, Math.min(first, this.order.length - 1)), Math.min(this.order.length, end)];
  }

  space(body, rows) {
    if (body.rows.length !== Math.sign(rows)) body.replaceChildren(...(rows ? [make("tr", {}, make("td"))] : []));
    if (rows) body.rows[0].style.height = `${rows * this.height}px`;
  }

  // Bring a row into sight.
  reveal(id) {
    const at = this.order.indexOf(id);
    if (at < 0) return;
    const [head, foot] = ["thead", "tfoot"].map((each) => this.table.querySelector(each).offsetHeight);
    const [top, room] = [at * this.height, this.port.clientHeight - head - foot];
    if (top < this.port.scrollTop) this.port.scrollTop = top;
    else if (top + this.height > this.port.scrollTop + room) this.port.scrollTop = top + this.height - room;
    this.draw();
  }

  focus(id) {
    this.reveal(id);
    this.row(id).focus({ preventScroll: true });
  }
}
