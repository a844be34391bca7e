"use strict";
// Numbers as text. The same in shown.py, for the static drawing.

const UNITS = [["E", 10n ** 18n], ["P", 10n ** 15n], ["T", 10n ** 12n], ["G", 10n ** 9n], ["M", 10n ** 6n], ["k", 10n ** 3n]];
const grouped = (number) => number.toString().replace(/\B(?=(\d{3})+(?!\d))/g, ",");

// Three digits of n / d, n not negative, rounded half up.
function digits(n, d) {
  for (const places of [2, 1, 0]) {
    const scaled = (2n * n * 10n ** BigInt(places) + d) / (2n * d);
    if (scaled < 1000n || places === 0) {
      const text = scaled.toString().padStart(places + 1, "0");
      return places ? `${text.slice(0, -places)}.${text.slice(-places)}` : grouped(scaled);
    }
  }
}

// 118 M; 1.58 G; 12.3
function short(value, unit = "") {
  if (isFloat(value)) return `${value === 0 ? "0" : (1e3 * value).toPrecision(3)} ms`;
  const n = above(value) < 0n ? -above(value) : above(value);
  const sign = above(value) < 0n ? "−" : "";
  const [prefix, size] = UNITS.find(([, size]) => n >= size * below(value)) ?? ["", 1n];
  const whole = prefix === "" && typeof value === "bigint";
  const text = whole ? n.toString() : digits(n, size * below(value));
  return `${sign}${text}${prefix || unit ? " " : ""}${prefix}${unit}`;
}

// An amount as a number of few digits; a status if it has none.
function shortAmount(amount, unit) {
  if (amount.number === null) return amount.status === "not counted" ? "–" : amount.status;
  if (Array.isArray(amount.number)) return perAxis(amount.number);
  return (amount.status === "lower bound" ? "≥ " : "") + short(amount.number, unit);
}

function perAxis(numbers) {
  if (!numbers.length) return "all";
  return numbers.map(full).join(numbers.every((each) => compare(each, 0n) > 0) ? "×" : ", ");
}

// All digits.
function full(value) {
  if (isFloat(value)) return `${(1e3 * value).toPrecision(4)} ms`;
  return typeof value === "bigint" ? grouped(value) : toFloat(value).toLocaleString("en-US", { maximumFractionDigits: 2 });
}

function fullAmount(amount) {
  if (amount.status === "unknown" || amount.status === "not run") return amount.status;
  if (amount.number === null) return "";
  const text = Array.isArray(amount.number) ? perAxis(amount.number) : full(amount.number);
  return (amount.status === "lower bound" ? "≥ " : "") + text;
}

// 12.3%: of n / whole, rounded half up.
function percentage(n, whole) {
  const tenths = (2n * 1000n * n + whole) / (2n * whole);
  return n > 0n && tenths === 0n ? "<0.1%" : `${tenths / 10n}.${tenths % 10n}%`;
}

const STEPS = { add: [5n, 10n, 20n, 40n, 80n, 160n, 320n], largest: [100n, 200n, 300n, 450n, 600n, 750n, 900n] };

// What colours an item: the share of a quantity, in numerator and denominator; null if it has none.
function share(quantity, amount, whole) {
  if (amount.number === null || whole.number === null || isAll(whole.number)) return null;
  if (isAll(amount.number)) return [1n, 1n];
  const [a, b] = [amount.number, whole.number].map((number) =>
    Array.isArray(number) ? number.reduce((x, y) => fraction(above(x) * above(y), below(x) * below(y)), 1n)
    : isFloat(number) ? BigInt(Math.floor(number * 1e12 + 0.5)) : number);
  const [n, d] = [above(a) * below(b), above(b) * below(a)];
  return n < 0n || d <= 0n ? null : n > d ? [1n, 1n] : [n, d];
}

const stepsOf = (quantity) => STEPS[quantity.together === "add" ? "add" : "largest"];

// The class of an item's colour: heat0 for nothing to heat7; unknown; not-run.
function heat(quantity, amount, whole) {
  if (INCOMPLETE.includes(amount.status) && amount.number === null) return "unknown";
  if (amount.status === "not run") return "not-run";
  const parts = share(quantity, amount, whole);
  if (!parts || parts[0] === 0n) return "heat0";
  return `heat${stepsOf(quantity).filter((step) => parts[0] * 1000n >= step * parts[1]).length}`;
}

// Hundredths of the font's size that a sign takes, at most, in the fonts of drawing.css.
const signWidth = (sign) =>
  sign.codePointAt(0) >= 0x2e80 ? 105 : "iljtfr.,:;'|!()[]- 1I".includes(sign) ? 44 : "mwMWQO%@×".includes(sign) ? 100
  : sign !== sign.toLowerCase() ? 78 : 68;

// The width of a text, at most.
const widthOf = (text, size) => Math.ceil((size * Array.from(text).reduce((sum, sign) => sum + signWidth(sign), 0)) / 100);

// The end of a text that fits into a width; names differ at their ends.
function fitted(text, width, size) {
  const signs = Array.from(text);
  const room = Math.floor((100 * width) / size);
  if (signs.reduce((sum, sign) => sum + signWidth(sign), 0) <= room) return text;
  let used = 100;
  let from = signs.length;
  while (from > 0 && used + signWidth(signs[from - 1]) <= room) used += signWidth(signs[--from]);
  return `…${signs.slice(from).join("")}`;
}
