"use strict";
// Amounts of quantities: of layers, and together of blocks and the network. As in costcalc/analysis/quantity.py.

const INCOMPLETE = ["unknown", "lower bound"];
const NO_AMOUNT = { number: null, status: "not counted" };

// params (B): the heading of a quantity, with its unit.
const named = (quantity) => (quantity.unit && quantity.unit !== "s" ? `${quantity.heading} (${quantity.unit})` : quantity.heading);

// Numbers per axis are arrays; an empty one is all of the input.
const isAll = (number) => Array.isArray(number) && number.length === 0;
const product = (numbers) => numbers.reduce((a, b) => a * toFloat(b), 1);

const TOGETHER = {
  add(amounts) {
    const known = amounts.filter((each) => each.number !== null);
    const statuses = new Set(amounts.map((each) => each.status));
    const sum = known.reduce((made, each) => plus(made, each.number), 0n);
    if (INCOMPLETE.some((each) => statuses.has(each))) return { number: sum, status: "lower bound" };
    const status = ["counted", "zero", "not counted", "not run"].find((each) => statuses.has(each)) ?? "zero";
    return { number: known.length || !amounts.length ? sum : null, status };
  },
  largest(amounts) {
    if (amounts.some((each) => Array.isArray(each.number))) return largestPerAxis(amounts);
    const known = amounts.filter((each) => each.number !== null);
    const incomplete = amounts.some((each) => INCOMPLETE.includes(each.status));
    if (!known.length) return incomplete ? { number: null, status: "unknown" } : TOGETHER.add(amounts);
    const ran = known.filter((each) => each.status !== "not run");
    const most = (ran.length ? ran : known).reduce((a, b) => (compare(a.number, b.number) < 0 ? b : a));
    return { number: most.number, status: incomplete ? "lower bound" : most.status };
  },
  largest_bounded(amounts) {
    const bounded = amounts.filter((each) => !isAll(each.number));
    return TOGETHER.largest(bounded.length ? bounded : amounts);
  },
  last(amounts) {
    const without = ["not run", "not counted"];
    return amounts.findLast((each) => !without.includes(each.status)) ?? amounts.at(-1) ?? TOGETHER.add([]);
  },
};

function largestPerAxis(amounts) {
  const known = amounts.map((each) => each.number).filter(Array.isArray);
  if (known.some(isAll)) return { number: [], status: "counted" };
  const axes = Math.max(...known.map((each) => each.length));
  const most = Array.from({ length: axes }, (_, i) => largestOf(known.filter((n) => i < n.length).map((n) => n[i])));
  const incomplete = amounts.some((each) => INCOMPLETE.includes(each.status));
  return { number: most, status: incomplete ? "lower bound" : "counted" };
}

function ratio(above, below) {
  if (above.status === "unknown" || INCOMPLETE.includes(below.status)) return { number: null, status: "unknown" };
  if (above.status === "not run") return { number: null, status: "not run" };
  if (above.number === null || below.number === null || compare(below.number, 0n) === 0) return NO_AMOUNT;
  return { number: divide(above.number, below.number), status: above.status };
}

// The amounts of a network at sizes of its input.
class Amounts {
  constructor(data, sizes) {
    Object.assign(this, { data, sizes });
    this.numbers = new Numbers(data, sizes);
    this.changed = data.sizes.some((each, i) => BigInt(each.value) !== BigInt(sizes[i]));
    this.quantity = Object.fromEntries(data.quantities.map((each) => [each.key, each]));
    this.known = new Map();
  }

  stored(id) {
    const [number, status, count] = this.data.amounts[id];
    const value = (each) => this.numbers.value(each);
    const evaluated = number === null ? null : Array.isArray(number) ? number.map(value) : value(number);
    return { number: evaluated, status: this.data.statuses[status], count };
  }

  layer(key, layer) {
    const quantity = this.quantity[key];
    if (Array.isArray(quantity.together)) return ratio(...quantity.together.map((each) => this.layer(each, layer)));
    if (!this.closed(quantity)) return { number: null, status: "unknown" };
    return this.stored(quantity.amounts[layer]);
  }

  // Whether a quantity has a closed form that holds at these sizes; at those that the page was made for, all are known.
  closed(quantity) {
    if (!this.changed) return true;
    this.holding ??= new Map();
    if (!this.holding.has(quantity.key)) {
      this.holding.set(quantity.key, !quantity.fixed && quantity.holds.every((each) => this.numbers.holds(each)));
    }
    return this.holding.get(quantity.key);
  }

  // The amount of an item of the tree: a layer, a block, or, with `whole`, the network.
  of(key, item, whole = false) {
    const known = `${key} ${item.first} ${item.end} ${whole}`;
    if (!this.known.has(known)) this.known.set(known, this.together(this.quantity[key], item, whole));
    return this.known.get(known);
  }

  together(quantity, item, whole) {
    if (Array.isArray(quantity.together)) {
      return ratio(...quantity.together.map((each) => this.of(each, item, whole)));
    }
    if (whole && !this.closed(quantity)) return { number: null, status: "unknown" };
    if (whole && "total" in quantity) return this.stored(quantity.total);
    const layers = [];
    for (let i = item.first; i < item.end; i++) layers.push(this.layer(quantity.key, i));
    if (layers.length === 1 && !whole) return layers[0];
    return TOGETHER[whole ? quantity.whole : quantity.together](layers);
  }

  shape(numbers) {
    return numbers.map((each) => this.numbers.value(each));
  }

  // The first condition of the network that does not hold at these sizes.
  broken() {
    return this.data.conditions.find(([condition]) => !this.numbers.holds(condition));
  }
}
