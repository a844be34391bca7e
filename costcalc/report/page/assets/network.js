"use strict";
// A network and what is shown of it; a page of one network, and each side of a comparison, is one.

class Network {
  constructor(data, by) {
    this.data = data;
    this.items = itemsOf(data);
    this.amounts = new Amounts(data, data.sizes.map((each) => each.value));
    this.state = { open: new Set(data.open), selected: 0, by };
    this.quantity = this.amounts.quantity[by];
  }

  // Whole amounts of the network.
  total(key) {
    return this.amounts.of(key, this.items[0], true);
  }

  about(item) {
    if (!item.isBlock) return this.data.layers.about[item.first];
    return item.times > 1 ? `${item.times} × ${(item.end - item.first) / item.times} layers` : `${item.end - item.first} layers`;
  }

  // The shape of the last layer's first output, as text.
  outputOf(item) {
    const shapes = this.data.layers.outputs[item.end - 1];
    return shapes.length ? shapeText(this.amounts.shape(shapes[0])) : "";
  }
}
