"use strict";
// A network and what is shown of it; a page of one network, and each side of a comparison, is one.

class Network {
  constructor(data, by) {
    this.data = data;
    this.items = itemsOf(data);
    this.papers = new Papers(data.papers);
    this.amounts = new Amounts(data, data.sizes.map((each) => each.value));
    this.state = { open: new Set(data.open), selected: 0, by };
    this.quantity = this.amounts.quantity[by];
  }

  // Whole amounts of the network.
  total(key) {
    return this.amounts.of(key, this.items[0], true);
  }

  // What a search finds an item by.
  words(item) {
    return `${item.name} ${item.isBlock ? "" : this.data.layers.ops[item.first]}`.toLowerCase();
  }

  // Other sizes of the input. Returns why the network does not take them, if so.
  takes(sizes) {
    const amounts = new Amounts(this.data, sizes);
    const broken = amounts.broken();
    if (broken) return `${this.data.model} does not work at this size${broken[1] ? `: see layer ${visible(broken[1])}` : ""}`;
    this.amounts = amounts;
    return "";
  }

  about(item) {
    if (!item.isBlock) return this.data.layers.about[item.first];
    return item.times > 1 ? `${item.times} × ${(item.end - item.first) / item.times} layers` : `${item.end - item.first} layers`;
  }

  // The shape of the last layer's first output, as text.
  outputOf(item) {
    const shapes = this.data.layers.outputs[item.end - 1] ?? [];
    return shapes.length ? shapeText(this.amounts.shape(shapes[0])) : "";
  }

  // A formula, in the names of its factors and in numbers; a batch of one is left out.
  count(id) {
    const text = (pick) => this.data.counts[id].map(([names, ...factors]) => {
      const pairs = this.data.names[names].map((name, i) => [name, this.amounts.numbers.value(factors[i])]);
      const shown = pairs.filter(([name, value]) => !(name === "N" && value === 1n));
      return (shown.length ? shown : pairs).map(pick).join("·");
    }).join(" + ");
    return { symbols: text(([name]) => name), digits: text(([, value]) => (typeof value === "bigint" ? value.toString() : full(value))) };
  }
}
