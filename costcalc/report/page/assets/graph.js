"use strict";
// The graph as SVG: blocks in blocks, coloured by a quantity. The static drawing of svg.py is the same.

class Picture {
  // coloured: called with the boxes that are in the document.
  constructor(page, svg, coloured = () => {}) {
    Object.assign(this, { page, svg, coloured, kept: new Map(), told: new WeakMap(), parts: [], sight: null, within: null });
    this.world = draw("g", { class: "world", role: "presentation" });
    svg.append(this.world);
  }

  // An element of the drawing that is kept from one fold to the next.
  keep(key, build) {
    if (!this.kept.has(key)) this.kept.set(key, build());
    return this.kept.get(key);
  }

  // Place the open blocks anew, and draw what is in sight.
  layOut() {
    const { items, state, data } = this.page;
    this.placed = placed(items[0], state.open, data.metrics);
    this.at = new Map();
    this.parts = [];
    this.block(this.placed, 0, 0);
    if (this.sight) this.draw();
  }

  // What is in sight has changed: draw what is missing.
  look(sight) {
    this.sight = sight;
    this.svg.classList.toggle("far", sight.scale < 0.2);
    const { within } = this;
    const drawn = within && within.left <= sight.left && within.top <= sight.top && within.right >= sight.right && within.bottom >= sight.bottom;
    if (!drawn) this.draw();
  }

  // Draw the parts that are in sight, or a little beside it; or all.
  draw(all = false) {
    const { left, top, right, bottom } = this.sight;
    const [across, down] = [(right - left) / 3, (bottom - top) / 3];
    this.within = { left: left - across, top: top - down, right: right + across, bottom: bottom + down };
    const near = (part) => part.x <= this.within.right && part.x + part.width >= this.within.left && part.y <= this.within.bottom && part.y + part.height >= this.within.top;
    const shown = (all ? this.parts : this.parts.filter(near)).map((part) => part.element());
    const { activeElement } = document;
    if (this.world.contains(activeElement) && !shown.includes(activeElement)) this.svg.focus({ preventScroll: true });
    arrange(this.world, shown);
    this.colour();
  }

  // A part of the drawing, which is made when it is in sight.
  part(x, y, width, height, element) {
    this.parts.push({ x, y, width, height, element });
  }

  block(made, x, y) {
    const { item } = made;
    this.part(x, y, made.width, made.height, () => this.edges(made, x, y));
    made.items.forEach((each, i) => {
      const [left, top] = [x + each.x, y + each.y];
      if (!each.item) {
        if (!item.parent) this.part(left, top, each.width, each.height, () => this.input(i - item.children.length, left, top));
        return;
      }
      this.at.set(each.item.id, { x: left, y: top, width: each.width, height: each.height });
      this.part(left, top, each.width, each.height, () => this.box(each, left, top));
      if (each.layout) this.block(each, left, top);
    });
    this.labels(made, x, y);
  }

  edges(made, x, y) {
    const edges = this.keep(`edges ${made.item.id}`, () =>
      draw("g", { class: "edges", role: "presentation", "aria-hidden": "true" }, draw("path", { class: "edge" })));
    edges.setAttribute("transform", `translate(${x} ${y})`);
    edges.firstChild.setAttribute("d", [...paths(made, this.page.data.metrics), ...this.ports(made)].join(""));
    return edges;
  }

  // Lines from the edge of a block to its ports.
  ports(made) {
    const own = made.layout;
    const first = made.items.length - own.inputs - own.outputs;
    const ports = made.item.parent ? made.items.slice(first, first + own.inputs) : [];
    return ports.map((port) => `M${port.x + port.axis} 0V${port.y}`);
  }

  input(number, x, y) {
    const { data, amounts } = this.page;
    const { name, shape, dtype } = data.inputs[number];
    const { width, input } = data.metrics;
    const text = `${name} ${shapeText(amounts.shape(shape))}${dtype ? ` ${dtype}` : ""}`;
    return draw("g", { class: "input", transform: `translate(${x} ${y})`, "aria-hidden": "true" },
      draw("rect", { width, height: input, rx: input / 2 }),
      draw("text", { x: width / 2, y: 16, "text-anchor": "middle" }, fitted(visible(text), width - 16, 12)));
  }

  // The shape of what leaves each item, beside its edge.
  labels(made, x, y) {
    const { page } = this;
    const outputs = made.items.length - made.layout.outputs;
    const sources = new Set(made.layout.routes.filter((route) => route.to < outputs).map((route) => route.from));
    for (const i of sources) {
      const each = made.items[i];
      if (!each.item) continue;
      const shape = page.outputOf(each.item);
      if (!shape) continue;
      const port = each.layout ? endOf(made, i, 0, true)[0] : each.x + each.axis;
      const at = { x: x + port + 7, y: y + each.y + each.height + 15 };
      this.part(at.x, at.y - 12, 100, 15, () => {
        const label = this.keep(`shape ${each.item.id}`, () => draw("text", { class: "shape", "aria-hidden": "true" }));
        if (label.textContent !== shape) label.textContent = shape;
        return dress(label, at, []);
      });
    }
  }

  box(each, x, y) {
    const { item } = each;
    const isOpen = Boolean(each.layout);
    const group = this.keep(`${item.id} ${isOpen}`, () => (isOpen ? this.opened(item) : this.folded(item)));
    group.setAttribute("transform", `translate(${x} ${y})`);
    if (isOpen) {
      dress(group.querySelector("rect"), { width: each.width, height: each.height }, []);
    }
    return group;
  }

  group(item, kind, ...children) {
    return draw("g", {
      class: `item ${kind}`, "data-id": item.id, role: "treeitem", tabindex: -1, "aria-level": item.depth,
      "aria-expanded": item.isBlock ? String(kind === "open") : null, "aria-selected": "false",
    }, ...children);
  }

  opened(item) {
    const { header } = this.page.data.metrics;
    return this.group(item, "open",
      draw("rect", { class: "frame", rx: 9 }),
      draw("path", { class: "sign", d: "M12 10h8l-4 5z" }),
      draw("text", { class: "name", x: 26, y: header - 9 }),
      draw("text", { class: "share", y: 17, "text-anchor": "end" }));
  }

  folded(item) {
    const { width, height } = this.page.data.metrics;
    const stack = item.times > 1 ? [draw("rect", { class: "behind", x: 4, y: 4, width, height, rx: 7 })] : [];
    const sign = item.isBlock ? [draw("path", { class: "sign", d: "M10 12v8l5-4z" })] : [];
    const left = item.isBlock ? 20 : 11;
    return this.group(item, item.isBlock ? "block" : "layer", ...stack,
      draw("rect", { class: "frame", width, height, rx: 7 }), ...sign,
      draw("text", { class: "name", x: left, y: 17 }),
      draw("text", { class: "about", x: left, y: 33 }),
      draw("text", { class: "share", x: width - 10, y: 17, "text-anchor": "end" }),
      draw("text", { class: "value", x: width - 10, y: 33, "text-anchor": "end" }));
  }

  // The boxes that are in the document.
  get drawn() {
    return [...this.world.children].filter((each) => each.dataset.id);
  }

  // Colour every box by the chosen quantity, and say its amount.
  colour() {
    const { page } = this;
    const { quantity } = page;
    const whole = page.total(quantity.key);
    for (const group of this.drawn) {
      const item = page.items[group.dataset.id];
      const isOpen = group.classList.contains("open");
      group.setAttribute("aria-selected", String(page.state.selected === item.id));
      if (isOpen) group.querySelector(".share").setAttribute("x", this.at.get(item.id).width - 12);
      const state = `${quantity.key} ${page.amounts.sizes} ${this.at.get(item.id).width}`;
      if (this.told.get(group) === state) continue;
      this.told.set(group, state);
      const amount = page.amounts.of(quantity.key, item);
      const parts = share(quantity, amount, whole);
      const said = shortAmount(amount, quantity.unit);
      const part = parts && parts[0] > 0n && quantity.together === "add" ? percentage(...parts) : "";
      const kind = group.getAttribute("class").split(" ").slice(0, 2).join(" ");
      group.setAttribute("class", `${kind} ${heat(quantity, amount, whole)}`);
      group.setAttribute("aria-label", `${visible(item.name)}, ${page.about(item)}, ${quantity.heading} ${said}${part ? `, ${part}` : ""}`);
      const tell = (name, text) => (group.querySelector(`.${name}`).textContent = text);
      if (isOpen) {
        const text = `${said}${part ? `  ${part}` : ""}`;
        tell("share", text);
        tell("name", fitted(visible(timed(item)), this.at.get(item.id).width - 46 - widthOf(text, 13), 13));
        continue;
      }
      const value = amount.number === 0n ? "" : said;
      const room = page.data.metrics.width - (item.isBlock ? 34 : 25);
      tell("name", fitted(visible(timed(item)), room - widthOf(part, 13), 13));
      tell("about", fitted(visible(page.about(item)), room - widthOf(value, 12), 12));
      tell("share", part);
      tell("value", value);
    }
    this.coloured(this.drawn);
  }
}

const timed = (item) => (item.times > 1 ? `${item.label} ×${item.times}` : item.label);
// 64×112×112: without a batch of one.
const shapeText = (sizes) => sizes.slice(sizes.length > 1 && sizes[0] === 1n ? 1 : 0).map(String).join("×") || "1";
