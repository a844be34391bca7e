"use strict";
// The panel of the chosen layer or block: what it is, its formula, and what each counting tool makes of it.

class Panel {
  constructor(page, element) {
    Object.assign(this, { page, element });
  }

  show(item) {
    const { page } = this;
    const parts = item.isBlock ? this.block(item) : this.layer(item);
    const head = make("h2", {}, visible(item.name) || "(no name)");
    this.element.replaceChildren(head, ...parts, this.quantities(item), this.tools(item));
    page.announce(`${item.name} chosen`);
  }

  block(item) {
    const kinds = new Map();
    for (let i = item.first; i < item.end; i++) {
      const op = this.page.data.layers.ops[i];
      kinds.set(op, (kinds.get(op) ?? 0) + 1);
    }
    const ops = [...kinds].map(([op, n]) => (n > 1 ? `${n} ${op}` : op)).join(", ");
    const times = item.times > 1 ? `${item.times} equal blocks in a row; amounts are those of all. ` : "";
    return [make("p", {}, `${times}${grouped(item.end - item.first)} layers: ${visible(ops)}.`), this.output(item)];
  }

  output(item) {
    const shape = this.page.outputOf(item);
    return this.list([["output", shape]]);
  }

  layer(item) {
    const { data, amounts } = this.page;
    const { layers } = data;
    const i = item.first;
    const name = (number) => (number < 0 ? data.inputs[-1 - number].name : layers.names[number]);
    const size = (shape) => shapeText(amounts.shape(shape));
    const settings = layers.settings[i].map(([key, value]) => `${key}=${this.setting(value)}`).join(", ");
    const mult = amounts.layer("mult_adds", i);
    return [
      this.formula(mult),
      this.list([
        ["op", `${layers.ops[i]}${settings ? `  ${settings}` : ""}`],
        ["input", layers.inputs[i].map(([number, shape]) => `${name(number)} (${size(shape)})`).join(", ") || "none"],
        ["output", layers.outputs[i].map(size).join(", ")],
        ["weights", layers.weights[i].map(([each, shape]) => `${each} ${shape}`).join(", ") || "none"],
        ["window", this.window(layers.windows[i])],
      ]),
    ];
  }

  setting(value) {
    if (typeof value === "number") return full(this.page.amounts.numbers.value(value));
    return Array.isArray(value) ? `(${value.map((each) => this.setting(each)).join(", ")})` : value;
  }

  window(window) {
    if (window === null || typeof window === "string") return { whole: "all positions", adaptive: "of different sizes" }[window] ?? "none";
    const [kernel, stride, pads, dilation] = window;
    const pad = pads.map((each) => [...new Set(each.map((id) => full(this.page.amounts.numbers.value(id))))].join("+"));
    const spread = dilation.some((each) => each > 1) ? `, dilation ${dilation.join("×")}` : "";
    return `${kernel.join("×")}, stride ${stride.join("×")}, padding ${pad.join("×")}${spread}`;
  }

  formula(amount) {
    const box = (...lines) => make("div", { class: "formula" }, ...lines.map((line) => make("div", {}, line)));
    if (amount.status === "unknown") return box("mult-adds are unknown");
    if (amount.count < 0) return box(`mult-adds ${fullAmount(amount)}`);
    const { symbols, digits } = this.page.count(amount.count);
    return amount.status === "counted" ? box(`mult-adds = ${symbols}`, `= ${digits}`, `= ${fullAmount(amount)}`) : box("no mult-adds");
  }

  quantities(item) {
    const { data, amounts } = this.page;
    const rows = data.quantities.filter((each) => !each.tool).map((each) => [named(each), this.told(amounts.of(each.key, item, !item.parent))]);
    return make("section", {}, make("h3", {}, "Quantities"), this.list(rows));
  }

  told(amount) {
    return fullAmount(amount) || amount.status;
  }

  tools(item) {
    const { data, amounts } = this.page;
    const heads = ["tool", "count", ...(item.isBlock ? [] : ["formula", "why"])];
    const rows = data.quantities.filter((each) => each.tool).map((each) => {
      const amount = amounts.of(each.key, item, !item.parent);
      const cells = [make("th", { scope: "row" }, each.heading), make("td", { class: "number" }, fullAmount(amount) || amount.status)];
      if (item.isBlock) return make("tr", {}, ...cells);
      const { digits } = amount.count >= 0 && amount.status === "counted" ? this.page.count(amount.count) : { digits: "" };
      const why = data.reasons[each.reasons[item.first]];
      return make("tr", {}, ...cells, make("td", { class: "digits" }, digits), make("td", {}, why));
    });
    const head = make("tr", {}, ...heads.map((each) => make("th", { scope: "col" }, each)));
    const table = make("table", {}, make("thead", {}, head), make("tbody", {}, ...rows));
    return make("section", {}, make("h3", {}, "Counting tools"), make("div", { class: "scrolls", tabindex: 0, role: "group", "aria-label": "counting tools" }, table));
  }

  list(pairs) {
    return make("dl", {}, ...pairs.filter(([, text]) => text).map(([name, text]) => [make("dt", {}, name), make("dd", {}, visible(text))]).flat());
  }
}
