"use strict";
// Two networks side by side, aligned: one table of pairs, and a graph of each, folded alike.

class Comparison {
  constructor({ networks, pairs, by, metrics }) {
    this.sides = networks.map((data) => new Network({ ...data, metrics }, by));
    this.items = [];
    new Pair(pairs, this.sides, null, this.items);
    const isOpen = (pair) => pair.sides.some((item, i) => item && this.sides[i].state.open.has(item.id));
    const open = this.items.filter((each) => each.isBlock && isOpen(each)).map((each) => each.id);
    this.state = { open: new Set(open), selected: 0 };
    this.pairOf = this.sides.map((_, i) => new Map(this.items.filter((each) => each.sides[i]).map((each) => [each.ids[i], each])));
    this.sides.forEach((side, i) => {
      const svg = byId(`drawing-${i}`);
      side.picture = new Picture(side, svg, (drawn) => this.markBoxes(drawn, i));
      side.view = new View(side, svg, side.picture);
    });
    this.rows = new PairRows(this, byId("table"));
    this.panel = new PairPanel(this, byId("layer"));
    this.controls();
    this.colourBy(this.shared.some((each) => each.key === by) ? by : "mult_adds");
    for (const side of this.sides) side.view.fit(false);
    this.panel.show(this.items[0]);
    listenToPairs(this);
  }

  // The quantities that both have.
  get shared() {
    return this.sides[0].data.quantities.filter((each) => each.key in this.sides[1].amounts.quantity);
  }

  get quantities() {
    const keys = [...new Set(["params", "mult_adds", this.by])];
    return keys.map((key) => this.sides[0].amounts.quantity[key]);
  }

  controls() {
    byId("by").replaceChildren(...colours(this.sides[0], this.shared));
    byId("by").addEventListener("change", (event) => this.colourBy(event.target.value));
    const [a, b] = this.sides.map((side) => side.data);
    const free = a.sizes.length && JSON.stringify(a.sizes.map((each) => each.name)) === JSON.stringify(b.sizes.map((each) => each.name));
    const alike = free && JSON.stringify(a.sizes) === JSON.stringify(b.sizes);
    const why = a.fixed && b.fixed ? a.fixed : a.fixed || b.fixed ? `${a.fixed ? "A" : "B"}: ${a.fixed || b.fixed}` : "The inputs have different sizes.";
    sizeFields(this, alike ? a.sizes : [], why);
    searching(this);
    byId("unfold").addEventListener("click", () => this.openAll(true));
    byId("fold").addEventListener("click", () => this.openAll(false));
    byId("fit").addEventListener("click", () => this.sides.forEach((side) => side.view.fit()));
    byId("next").addEventListener("click", () => this.next());
    byId("notes").replaceChildren(...[...new Set([...a.notes, ...b.notes])].map((each) => make("p", {}, visible(each))));
  }

  words(pair) {
    return pair.sides.map((item, i) => (item ? this.sides[i].words(item) : "")).join(" ");
  }

  openAll(all) {
    this.state.open = new Set(this.items.filter((each) => each.isBlock && (all || !each.parent)).map((each) => each.id));
    this.layOut();
    for (const side of this.sides) side.view.fit(!all);
  }

  colourBy(key) {
    this.by = key;
    byId("by").value = key;
    for (const side of this.sides) {
      side.state.by = key;
      side.quantity = side.amounts.quantity[key];
    }
    this.renew();
  }

  // Other sizes of both inputs. Returns why a network does not take them, if so.
  resize(sizes) {
    const before = this.sides.map((side) => side.amounts);
    for (const side of this.sides) {
      const problem = side.takes(sizes);
      if (problem) {
        this.sides.forEach((each, i) => (each.amounts = before[i]));
        return problem;
      }
    }
    this.renew();
    this.panel.show(this.items[this.state.selected]);
    return "";
  }

  // The numbers, or the quantity that colours the graphs, have changed.
  renew() {
    this.told = new Map();
    const quantity = this.sides[0].quantity;
    byId("totals").replaceChildren(...this.quantities.map((each) => {
      const both = [0, 1].map((i) => this.amount(this.items[0], i, each.key, true));
      const texts = both.map((amount) => shortAmount(amount, each.unit));
      const ratio = ratioText(...both);
      return make("div", { class: each.key === this.by ? "total chosen" : "total" },
        make("dt", {}, each.heading), make("dd", { title: both.map(fullAmount).join(" → ") }, texts.join(" → ")), ratio ? make("dd", { class: "papers" }, ratio) : null);
    }));
    byId("legend").replaceChildren(...legend(quantity));
    this.rows.renew();
    this.layOut();
  }

  layOut() {
    this.sides.forEach((side, i) => {
      const open = this.items.filter((each) => each.sides[i] && this.state.open.has(each.id));
      side.state.open = new Set([0, ...open.map((each) => each.ids[i])]);
      side.picture.layOut();
    });
    this.rows.layOut();
  }

  amount(pair, i, key, whole = false) {
    return pair.sides[i] ? this.sides[i].amounts.of(key, pair.sides[i], whole) : null;
  }

  // "alone" for an item of one side; "differs" if op, output or an amount differs, or, of a block, anything in it.
  differs(pair) {
    if (!this.told.has(pair.id)) this.told.set(pair.id, this.compared(pair));
    return this.told.get(pair.id);
  }

  compared(pair) {
    if (!pair.sides.every(Boolean)) return "alone";
    const told = (i) => [
      this.sides[i].about(pair.sides[i]), this.sides[i].outputOf(pair.sides[i]), this.settings(pair.sides[i], i),
      ...this.quantities.map(({ key }) => fullAmount(this.amount(pair, i, key))),
    ].join("|");
    return told(0) !== told(1) || pair.children.some((each) => this.differs(each)) ? "differs" : "";
  }

  settings(item, i) {
    return item.isBlock ? "" : JSON.stringify(this.panel.panels[i].facts(item).filter(([name]) => ["op", "weights", "window"].includes(name)));
  }

  // Choose the next layer that differs; a block that is only on one side is one difference.
  next() {
    const here = this.items.filter((each) => each.parent && this.differs(each) && this.differs(each.parent) !== "alone" && (!each.isBlock || this.differs(each) === "alone" || !each.children.some((child) => this.differs(child))));
    const to = here.find((each) => each.id > this.state.selected) ?? here[0];
    if (to) this.choose(to.id);
    else announce("no difference");
  }

  toggle(id) {
    const { open } = this.state;
    if (open.has(id)) open.delete(id);
    else open.add(id);
    this.layOut();
    this.sides.forEach((side, i) => {
      if (open.has(id) && this.items[id].sides[i]) side.view.admit(this.items[id].ids[i]);
    });
    announce(`${this.items[id].name} ${open.has(id) ? "unfolded" : "folded"}`);
  }

  choose(id, reveal = "") {
    this.state.selected = id;
    let isHidden = false;
    for (let up = this.items[id].parent; up; up = up.parent) {
      isHidden ||= !this.state.open.has(up.id);
      this.state.open.add(up.id);
    }
    if (isHidden) this.layOut();
    this.sides.forEach((side, i) => {
      side.state.selected = this.items[id].sides[i] ? this.items[id].ids[i] : -1;
      side.picture.colour();
      let shown = this.items[id];
      while (!shown.sides[i]) shown = shown.parent; // an item that is only on the other side: the block around it
      if (reveal !== `graph ${i}` && shown.parent) side.view.reveal(shown.ids[i]);
    });
    if (reveal !== "table") this.rows.scroller.reveal(id);
    this.rows.mark();
    this.panel.show(this.items[id]);
  }

  markBoxes(drawn, i) {
    for (const group of drawn) {
      const kind = this.differs(this.pairOf[i].get(Number(group.dataset.id)));
      for (const each of ["differs", "alone"]) group.classList.toggle(each, each === kind);
    }
  }
}

class PairRows {
  constructor(page, table) {
    Object.assign(this, { page, rows: new Map(), head: make("thead"), foot: make("tfoot") });
    table.append(this.head, this.foot);
    this.scroller = new Scroller(table, (id) => this.row(page.items[id]), (rows) => this.mark(rows));
  }

  get order() {
    return this.scroller.order;
  }

  renew() {
    this.rows.clear();
    const heads = this.page.quantities.flatMap((each) => [`${named(each)}, A`, "B", "B / A"]);
    this.head.replaceChildren(make("tr", {}, make("th", { scope: "col" }, "layer"), ...["A", "B"].map((each) => make("th", { scope: "col", class: "output" }, each)),
      ...heads.map((each) => make("th", { scope: "col", class: "number" }, each))));
    const all = make("button", { type: "button", title: "show both networks below", onclick: () => this.page.choose(0, "table") }, "total");
    this.foot.replaceChildren(make("tr", {}, make("th", { scope: "row" }, all), make("td", { class: "output" }), make("td", { class: "output" }), ...this.numbers(this.page.items[0], true)));
  }

  layOut() {
    const order = [];
    const walk = (pair) => {
      for (const child of pair.children) {
        order.push(child.id);
        if (this.page.state.open.has(child.id)) walk(child);
      }
    };
    walk(this.page.items[0]);
    this.scroller.show(order);
  }

  // The amounts on both sides, and their ratio.
  numbers(pair, whole = false) {
    return this.page.quantities.flatMap(({ key }) => {
      const both = [0, 1].map((i) => this.page.amount(pair, i, key, whole));
      const cell = (amount) => make("td", { class: "number" }, amount ? fullAmount(amount) : "");
      return [...both.map(cell), make("td", { class: "number" }, ratioText(...both))];
    });
  }

  row(pair) {
    if (!this.rows.has(pair.id)) {
      const sign = pair.isBlock ? make("span", { class: "sign", "aria-hidden": "true" }) : null;
      const name = make("th", { scope: "row", class: "name", title: visible(pair.name) }, sign, visible(pair.label));
      name.style.setProperty("--depth", pair.depth - 1);
      const told = pair.sides.map((item, i) => make("td", { class: "output" }, item ? visible(this.page.sides[i].about(item)) : "–"));
      const attributes = { "data-id": pair.id, class: this.page.differs(pair), tabindex: -1, "aria-level": pair.depth };
      this.rows.set(pair.id, make("tr", attributes, name, ...told, ...this.numbers(pair)));
    }
    return this.rows.get(pair.id);
  }

  mark(rows = [...this.scroller.body.rows]) {
    markRows(rows, this.page);
  }
}

function listenToPairs(page) {
  page.sides.forEach((side, i) => {
    const { svg } = side.picture;
    svg.addEventListener("click", (event) => {
      const group = event.target.closest(".item");
      if (!group || side.view.moved) return;
      const pair = page.pairOf[i].get(Number(group.dataset.id));
      if (pair.isBlock) page.toggle(pair.id);
      page.choose(pair.id, `graph ${i}`);
    });
    const order = () => graphOrder(side).map((id) => page.pairOf[i].get(id).id);
    keys(page, svg, order, () => focusGraph(side), side);
    svg.addEventListener("focus", () => {
      if (!page.state.selected && order().length) page.choose(order()[0], `graph ${i}`);
    });
  });
  listenToTable(page);
}
