"use strict";
// The tree of the network: layers and blocks as items, each a range of layers. See tree.py.

class Item {
  constructor(label, parent, id, first) {
    Object.assign(this, { label, parent, id, first, end: first + 1, times: 1, layout: null, children: [], name: "" });
  }

  // Blocks have a layout, and so does a network without a layer.
  get isBlock() {
    return this.layout !== null;
  }

  get depth() {
    return this.parent ? this.parent.depth + 1 : 0;
  }
}

// All items, in the order of a walk from the root; ids are their places in it.
function itemsOf(data) {
  const items = [];
  let layer = 0;
  const grow = (node, parent) => {
    const isLayer = typeof node === "string";
    const item = new Item(isLayer ? node : node[0], parent, items.length, layer);
    items.push(item);
    if (isLayer) {
      item.name = data.layers.names[layer++];
      return item;
    }
    item.times = node[1];
    item.name = parent ? nameOf(item, parent) : data.model;
    item.layout = layoutOf(data, node[2]);
    item.children = node[3].map((each) => grow(each, item));
    item.end = layer;
    return item;
  };
  grow(data.tree, null);
  return items;
}

// A block's name, as its layers have it; equal neighbours have that of their block and a range.
function nameOf(item, parent) {
  const around = parent.times > 1 ? parent.parent : parent;
  return around && around.parent ? `${around.name}.${item.label}` : item.label;
}

// A layout as an object: the data are those of layout_data in plan.py.
function layoutOf(data, number) {
  const [inputs, outputs, rows, columns, alone, lanes, flat] = data.layouts[number];
  const routes = [];
  for (let i = 0; i < flat.length; i += 5) {
    const [from, fromPort, to, toPort, lane] = flat.slice(i, i + 5);
    routes.push({ from, fromPort, to, toPort, lane });
  }
  return { inputs, outputs, rows, columns, alone: new Set(alone), lanes, routes };
}
