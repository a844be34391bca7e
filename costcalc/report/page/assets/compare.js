"use strict";
// Two networks side by side, aligned: one table of pairs, and a graph of each, folded alike.

class Pair {
  constructor([a, b, children], sides, parent, pairs) {
    this.ids = [a, b];
    this.id = pairs.length;
    this.parent = parent;
    pairs.push(this);
    this.sides = this.ids.map((id, i) => (id < 0 ? null : sides[i].items[id]));
    this.label = timed(this.sides[1] ?? this.sides[0]);
    this.name = (this.sides[1] ?? this.sides[0]).name;
    this.children = children.map((each) => new Pair(each, sides, this, pairs));
  }

  get isBlock() {
    return this.children.length > 0;
  }

  get depth() {
    return this.parent ? this.parent.depth + 1 : 0;
  }
}

class Comparison {
  constructor({ networks, pairs, by, metrics }) {
    this.sides = networks.map((data) => new Network({ ...data, metrics }, by));
    this.items = [];
    new Pair(pairs, this.sides, null, this.items);
    const isOpen = (pair) => pair.sides.some((item, i) => item && this.sides[i].state.open.has(item.id));
    this.state = { open: new Set(this.items.filter((each) => each.isBlock && isOpen(each)).map((each) => each.id)), selected: 0 };
    this.pairOf = this.sides.map((_, i) => new Map(this.items.filter((each) => each.sides[i]).map((each) => [each.ids[i], each])));
    this.sides.forEach((side, i) => {
      const svg = byId(`drawing-${i}`);
      side.picture = new Picture(side, svg);
      side.view = new View(side, svg, side.picture);
      svg.addEventListener("click", (event) => {
        const group = event.target.closest(".item");
        if (group && !side.view.moved) this.act(this.pairOf[i].get(Number(group.dataset.id)));
      });
    });
    this.rows = new Map();
    this.controls(by);
    this.colourBy(by);
    this.layOut();
    for (const side of this.sides) side.view.fit(false);
    this.listen();
  }

  get quantities() {
    const keys = [...new Set(["params", "mult_adds", this.by])];
    return keys.map((key) => this.sides[0].amounts.quantity[key]);
  }

  controls() {
    const option = (each) => make("option", { value: each.key }, named(each));
    byId("by").replaceChildren(...this.sides[0].data.quantities.filter((each) => each.together !== "last").map(option));
    byId("by").addEventListener("change", (event) => {
      this.colourBy(event.target.value);
      this.layOut();
    });
    const all = (open) => {
      this.state.open = new Set(this.items.filter((each) => each.isBlock && (open || !each.parent)).map((each) => each.id));
      this.layOut();
      for (const side of this.sides) side.view.fit(!open);
    };
    byId("unfold").addEventListener("click", () => all(true));
    byId("fold").addEventListener("click", () => all(false));
    byId("fit").addEventListener("click", () => this.sides.forEach((side) => side.view.fit()));
  }

  colourBy(key) {
    this.by = key;
    byId("by").value = key;
    for (const side of this.sides) {
      side.state.by = key;
      side.quantity = side.amounts.quantity[key];
    }
    this.rows.clear();
    const heads = this.quantities.flatMap((each) => [`${named(each)}, A`, "B", "B / A"]);
    byId("head").replaceChildren(make("tr", {}, ...["layer", "A", "B"].map((each) => make("th", { scope: "col" }, each)),
      ...heads.map((each) => make("th", { scope: "col", class: "number" }, each))));
  }

  layOut() {
    const openOf = (i) => new Set([0, ...this.items.filter((each) => each.sides[i] && this.state.open.has(each.id)).map((each) => each.ids[i])]);
    this.sides.forEach((side, i) => {
      side.state.open = openOf(i);
      side.picture.layOut();
    });
    const shown = [];
    const walk = (pair) => {
      for (const child of pair.children) {
        shown.push(this.row(child));
        if (this.state.open.has(child.id)) walk(child);
      }
    };
    walk(this.items[0]);
    arrange(byId("body"), shown);
    byId("foot").replaceChildren(make("tr", {}, make("th", { scope: "row" }, "total"), make("td"), make("td"), ...this.numbers(this.items[0], true)));
    this.mark();
  }

  amount(pair, i, key, whole = false) {
    return pair.sides[i] ? this.sides[i].amounts.of(key, pair.sides[i], whole) : null;
  }

  // The amounts on both sides, and their ratio.
  numbers(pair, whole = false) {
    return this.quantities.flatMap(({ key }) => {
      const both = [0, 1].map((i) => this.amount(pair, i, key, whole));
      const cell = (amount) => make("td", { class: "number" }, amount ? fullAmount(amount) : "");
      return [...both.map(cell), make("td", { class: "number" }, ratioText(...both))];
    });
  }

  differs(pair) {
    if (!pair.sides.every(Boolean)) return "alone";
    const told = (i) => [
      this.sides[i].about(pair.sides[i]), this.sides[i].outputOf(pair.sides[i]), ...this.quantities.map(({ key }) => fullAmount(this.amount(pair, i, key))),
    ].join("|");
    return told(0) === told(1) ? "" : "differs";
  }

  row(pair) {
    if (!this.rows.has(pair.id)) {
      const sign = pair.isBlock ? make("span", { class: "sign", "aria-hidden": "true" }) : null;
      const name = make("th", { scope: "row", class: "name", title: visible(pair.name) }, sign, visible(pair.label));
      name.style.setProperty("--depth", pair.depth - 1);
      const told = pair.sides.map((item, i) => make("td", {}, item ? visible(this.sides[i].about(item)) : "–"));
      const attributes = { "data-id": pair.id, class: this.differs(pair), tabindex: -1, "aria-level": pair.depth };
      this.rows.set(pair.id, make("tr", attributes, name, ...told, ...this.numbers(pair)));
    }
    return this.rows.get(pair.id);
  }

  act(pair) {
    if (pair.isBlock) this.toggle(pair.id);
    this.choose(pair.id);
  }

  toggle(id) {
    const { open } = this.state;
    if (open.has(id)) open.delete(id);
    else open.add(id);
    this.layOut();
  }

  choose(id) {
    this.state.selected = id;
    this.sides.forEach((side, i) => {
      side.state.selected = this.items[id].ids[i];
      side.picture.colour();
      if (this.items[id].sides[i]) side.view.reveal(this.items[id].ids[i]);
    });
    this.mark();
  }

  mark() {
    this.sides.forEach((side, i) => {
      for (const group of side.picture.world.querySelectorAll(".item")) {
        const kind = this.differs(this.pairOf[i].get(Number(group.dataset.id)));
        for (const each of ["differs", "alone"]) group.classList.toggle(each, each === kind);
      }
    });
    const rows = [...byId("body").rows];
    for (const row of rows) {
      const pair = this.items[row.dataset.id];
      row.setAttribute("aria-selected", String(pair.id === this.state.selected));
      if (pair.isBlock) row.setAttribute("aria-expanded", String(this.state.open.has(pair.id)));
      row.tabIndex = pair.id === this.state.selected ? 0 : -1;
    }
    if (rows[0] && !rows.some((row) => row.tabIndex === 0)) rows[0].tabIndex = 0;
  }

  listen() {
    byId("body").addEventListener("click", (event) => {
      const row = event.target.closest("tr");
      if (event.target.closest(".sign")) this.toggle(Number(row.dataset.id));
      this.choose(Number(row.dataset.id));
    });
    byId("body").addEventListener("keydown", (event) => {
      const to = moved(this, event, [...byId("body").rows].map((row) => Number(row.dataset.id)));
      if (to === null) return;
      event.preventDefault();
      this.choose(to);
      this.row(this.items[to]).focus();
    });
  }
}

// 2.31x: of two amounts; nothing if there is no ratio, or if it is 1.
function ratioText(a, b) {
  if (!a || !b || [a, b].some((each) => each.number === null || Array.isArray(each.number))) return "";
  if (compare(a.number, 0n) === 0) return "";
  const ratio = toFloat(divide(b.number, a.number));
  return compare(a.number, b.number) === 0 ? "=" : `${ratio >= 100 ? Math.round(ratio).toLocaleString("en-US") : ratio.toPrecision(3)}x`;
}
