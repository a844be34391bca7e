"use strict";
// The panel of the chosen layer or block: what it is, its formula, and what each counting tool makes of it.

class Panel {
  constructor(page, element) {
    Object.assign(this, { page, element });
  }

  show(item) {
    const { page } = this;
    const head = make("h2", {}, visible(item.name) || "(no name)");
    const formula = item.isBlock ? null : make("div", { class: "formula" }, ...this.formula(item).map((line) => make("div", {}, line)));
    const about = item.isBlock ? make("p", {}, `${this.about(item)}.`) : null;
    const printed = page.papers.section(item.parent ? item.name : "total");
    const parts = [head, about, formula, this.list(this.facts(item)), printed, this.quantities(item), this.tools(item)];
    this.element.replaceChildren(...parts.filter(Boolean));
    announce(`${item.name} chosen`);
  }

  // What a block is made of.
  about(item) {
    const kinds = new Map();
    for (let i = item.first; i < item.end; i++) {
      const op = this.page.data.layers.ops[i];
      kinds.set(op, (kinds.get(op) ?? 0) + 1);
    }
    const ops = [...kinds].map(([op, n]) => (n > 1 ? `${n} ${op}` : op)).join(", ");
    const times = item.times > 1 ? `${item.times} equal blocks in a row; amounts are those of all. ` : "";
    return `${times}${grouped(item.end - item.first)} layers: ${visible(ops)}`;
  }

  // What a layer or a block is, as pairs of texts.
  facts(item) {
    if (item.isBlock) return [["output", this.page.outputOf(item)]];
    const { data, amounts } = this.page;
    const { layers } = data;
    const i = item.first;
    const name = (number) => (number < 0 ? data.inputs[-1 - number].name : layers.names[number]);
    const size = (shape) => shapeText(amounts.shape(shape));
    const settings = layers.settings[i].map(([key, value]) => `${key}=${this.setting(value)}`).join(", ");
    return [
      ["op", `${layers.ops[i]}${settings ? `  ${settings}` : ""}`],
      ["input", layers.inputs[i].map(([number, shape]) => `${name(number)} (${size(shape)})`).join(", ") || "none"],
      ["output", layers.outputs[i].map(size).join(", ")],
      ["weights", layers.weights[i].map(([each, shape]) => `${each} ${shape}`).join(", ") || "none"],
      ["window", this.window(layers.windows[i])],
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

  // The mult-adds of a layer, in symbols and in numbers, line by line.
  formula(item) {
    const amount = this.page.amounts.layer("mult_adds", item.first);
    if (amount.status === "unknown") return ["mult-adds are unknown"];
    if (amount.count < 0) return [`mult-adds ${fullAmount(amount)}`];
    const { symbols, digits } = this.page.count(amount.count);
    return amount.status === "counted" ? [`mult-adds = ${symbols}`, `= ${digits}`, `= ${fullAmount(amount)}`] : ["no mult-adds"];
  }

  quantities(item) {
    const { data, amounts } = this.page;
    const rows = data.quantities.filter((each) => !each.tool).map((each) => [named(each), this.told(amounts.of(each.key, item, !item.parent))]);
    return make("section", { class: "quantities" }, make("h3", {}, "Quantities"), this.list(rows));
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
      const why = visible(data.reasons[each.reasons[item.first]]);
      return make("tr", {}, ...cells, make("td", { class: "digits" }, digits), make("td", {}, why));
    });
    const head = make("tr", {}, ...heads.map((each) => make("th", { scope: "col" }, each)));
    const table = make("table", { class: item.isBlock ? "" : "wide" }, make("thead", {}, head), make("tbody", {}, ...rows));
    return make("section", {}, make("h3", {}, "Counting tools"), scrolling("counting tools", table));
  }

  list(pairs) {
    return make("dl", {}, ...pairs.filter(([, text]) => text).map(([name, text]) => [make("dt", {}, name), make("dd", {}, visible(text))]).flat());
  }
}
