"use strict";
// Pairs of items of two networks, aligned, and the panel of the chosen pair: both sides, and ratios.

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

// 2.31x: of two amounts; nothing if there is no ratio, = if they are equal.
function ratioText(a, b) {
  if (!a || !b || [a, b].some((each) => each.number === null || Array.isArray(each.number))) return "";
  if (compare(a.number, b.number) === 0) return "=";
  if (compare(a.number, 0n) === 0) return "";
  const ratio = toFloat(divide(b.number, a.number));
  return `${ratio >= 100 ? Math.round(ratio).toLocaleString("en-US") : ratio.toPrecision(3)}x`;
}

class PairPanel {
  constructor(page, element) {
    Object.assign(this, { page, element });
    this.panels = page.sides.map((side) => new Panel(side, null));
  }

  show(pair) {
    const [a, b] = pair.sides;
    const name = pair.parent ? pair.name : "both networks";
    const only = a && b ? null : make("p", {}, `only in ${a ? "A" : "B"}`);
    const parts = [make("h2", {}, visible(name) || "(no name)"), only, this.facts(pair), this.amounts(pair, false), this.amounts(pair, true)];
    this.element.replaceChildren(...parts.filter(Boolean));
    announce(`${name} chosen`);
  }

  // Texts of both sides in rows; those that differ are marked.
  facts(pair) {
    const told = pair.sides.map((item, i) => {
      const panel = this.panels[i];
      if (!item) return new Map();
      const first = item.isBlock ? [["layers", panel.about(item)]] : [["formula", panel.formula(item).join(" ")]];
      return new Map([...first, ...panel.facts(item)]);
    });
    const names = [...new Set(told.flatMap((each) => [...each.keys()]))];
    const rows = names.map((name) => {
      const texts = told.map((each) => each.get(name) ?? "–");
      return this.row(name, texts, texts[0] !== texts[1]);
    });
    return this.table(["", "A", "B"], rows, "what each is");
  }

  amounts(pair, tool) {
    const rows = this.page.shared.filter((each) => each.tool === tool).map((each) => {
      const both = [0, 1].map((i) => this.page.amount(pair, i, each.key, !pair.parent));
      const texts = both.map((amount) => (amount ? fullAmount(amount) || amount.status : "–"));
      return this.row(named(each), [...texts, ratioText(...both)], texts[0] !== texts[1], true);
    });
    const name = tool ? "Counting tools" : "Quantities";
    return make("section", {}, make("h3", {}, name), this.table(["", "A", "B", "B / A"], rows, name.toLowerCase(), true));
  }

  row(name, texts, differs, isNumber = false) {
    const cells = texts.map((text) => make("td", { class: isNumber ? "number" : "" }, visible(text)));
    return make("tr", { class: differs ? "differs" : "" }, make("th", { scope: "row", class: "name" }, name), ...cells);
  }

  table(heads, rows, label, isNumber = false) {
    const head = make("tr", {}, ...heads.map((each, i) => (each ? make("th", { scope: "col", class: isNumber && i ? "number" : "" }, each) : make("td"))));
    return scrolling(label, make("table", { class: "both" }, make("thead", {}, head), make("tbody", {}, ...rows)));
  }
}
