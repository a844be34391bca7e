"use strict";
// Numbers: polynomials over sizes of the input, evaluated in integers of any size. See expressions.py.
// A value is a BigInt, a fraction {n, d}, or a float.

const fraction = (n, d) => {
  if (d < 0n) [n, d] = [-n, -d];
  if (n % d === 0n) return n / d;
  let [a, b] = [n < 0n ? -n : n, d];
  while (b) [a, b] = [b, a % b];
  return { n: n / a, d: d / a };
};
const above = (x) => (typeof x === "bigint" ? x : x.n);
const below = (x) => (typeof x === "bigint" ? 1n : x.d);
const isFloat = (x) => typeof x === "number";
const toFloat = (x) => (isFloat(x) ? x : typeof x === "bigint" ? Number(x) : Number(x.n) / Number(x.d));
const plus = (x, y) => {
  if (typeof x === "bigint" && typeof y === "bigint") return x + y;
  if (isFloat(x) || isFloat(y)) return toFloat(x) + toFloat(y);
  return fraction(above(x) * below(y) + above(y) * below(x), below(x) * below(y));
};
const divide = (x, y) => {
  if (isFloat(x) || isFloat(y)) return toFloat(x) / toFloat(y);
  return fraction(above(x) * below(y), below(x) * above(y));
};
const compare = (x, y) => {
  if (isFloat(x) || isFloat(y)) return toFloat(x) - toFloat(y);
  const [a, b] = [above(x) * below(y), above(y) * below(x)];
  return a < b ? -1 : a > b ? 1 : 0;
};
const floor = (x) => {
  const [n, d] = [above(x), below(x)];
  return n / d - (n % d !== 0n && n < 0n ? 1n : 0n);
};
const largestOf = (values) => values.reduce((a, b) => (compare(a, b) < 0 ? b : a));

// thop's count of an adaptive pool, whose float it truncates, minus the exact one.
const cutOff = (nIn, nOut, axes, ...sizes) => {
  let window = 1.0;
  for (let i = 0; i < Number(axes); i++) window *= Number(sizes[i]) / Number(sizes[Number(axes) + i]);
  return BigInt(Math.trunc((window + 1) * Number(nOut))) - (nIn + nOut);
};

class Numbers {
  constructor(data, sizes) {
    Object.assign(this, { data, sizes, atoms: [], terms: [], values: [] });
  }

  value(number) {
    return (this.values[number] ??= this.evaluated(this.data.numbers[number]));
  }

  evaluated(data) {
    if (!Array.isArray(data)) return typeof data === "object" ? data.float : BigInt(data);
    let sum = 0n;
    for (let i = 1; i < data.length; i += 2) sum += BigInt(data[i]) * this.term(data[i + 1]);
    return fraction(sum, BigInt(data[0]));
  }

  term(monomial) {
    return (this.terms[monomial] ??= this.data.monomials[monomial].reduce((made, atom) => made * this.atom(atom), 1n));
  }

  atom(atom) {
    if (this.atoms[atom] === undefined) {
      const [kind, ...rest] = this.data.atoms[atom];
      const values = kind === "size" ? [] : rest.map((each) => this.value(each));
      this.atoms[atom] =
        kind === "size" ? BigInt(this.sizes[rest[0]])
        : kind === "floor" ? floor(values[0])
        : kind === "largest" ? largestOf(values)
        : { cut_off: cutOff }[kind](...values);
    }
    return this.atoms[atom];
  }

  // Whether a condition of the network holds at these sizes.
  holds(condition) {
    const [kind, ...rest] = condition;
    if (kind === "or") return rest.some((each) => this.holds(each));
    if (kind === "and") return rest.every((each) => this.holds(each));
    const sign = compare(this.value(rest[0]), 0n);
    return { ">=": sign >= 0, ">": sign > 0, "<=": sign <= 0, "<": sign < 0, "==": sign === 0, "!=": sign !== 0 }[kind];
  }
}
